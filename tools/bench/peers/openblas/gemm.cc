// OpenBLAS's cblas_sgemm as a contestant of the gemm suite.
#include <cblas.h>

#include "../gemm_peer.h"

extern "C" char* openblas_get_config(void);
extern "C" char* openblas_get_corename(void);

int main(int argc, char** argv) {
  using gemm_peer::Matrices;
  return gemm_peer::serve(
      argc, argv,
      [](const Matrices&) {
        const std::string config = openblas_get_config();
        return config.substr(0, config.find(" ", config.find(" ") + 1)) + ", core " +
               openblas_get_corename();
      },
      [](const Matrices& m) {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m.m, m.n, m.n, 1.0f, m.a, m.n, m.b,
                    m.n, 0.0f, m.c, m.n);
      });
}
