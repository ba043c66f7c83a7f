// oneDNN as a contestant of the gemm suite, on plain row-major matrices: of f32 dnnl_sgemm or the
// matmul primitive, whichever was faster in the warm-up, of bf16 the primitive.
#include <dnnl.hpp>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <vector>

#include "../gemm_peer.h"

using gemm_peer::Matrices;

namespace {

// The bits of a number of bf16.
uint16_t upper_half(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return static_cast<uint16_t>(bits >> 16);
}

struct Primitive {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  dnnl::matmul matmul;
  dnnl::memory a, b, c;
  std::string implementation;
  std::vector<uint16_t> a16, b16;

  explicit Primitive(const Matrices& m) {
    using dnnl::memory;
    const auto type = m.bf16 ? memory::data_type::bf16 : memory::data_type::f32;
    const memory::desc rows({m.m, m.n}, type, memory::format_tag::ab);
    const memory::desc square({m.n, m.n}, type, memory::format_tag::ab);
    const memory::desc out({m.m, m.n}, memory::data_type::f32, memory::format_tag::ab);
    if (m.bf16) {
      std::transform(m.a, m.a + size_t(m.m) * m.n, std::back_inserter(a16), upper_half);
      std::transform(m.b, m.b + size_t(m.n) * m.n, std::back_inserter(b16), upper_half);
    }
    a = memory(rows, engine, m.bf16 ? static_cast<void*>(a16.data()) : m.a);
    b = memory(square, engine, m.bf16 ? static_cast<void*>(b16.data()) : m.b);
    c = memory(out, engine, m.c);
    const dnnl::matmul::primitive_desc primitive({rows, square, out}, engine);
    implementation = primitive.impl_info_str();
    matmul = dnnl::matmul(primitive);
  }

  void run() {
    matmul.execute(stream, {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, c}});
    stream.wait();
  }
};

void sgemm(const Matrices& m) {
  dnnl_sgemm('N', 'N', m.m, m.n, m.n, 1.0f, m.a, m.n, m.b, m.n, 0.0f, m.c, m.n);
}

double best_of_5(const std::function<void()>& run) {
  double best = 1e9;
  for (int i = 0; i < 5; i++) {
    const double start = gemm_peer::seconds_of(CLOCK_MONOTONIC);
    run();
    best = std::min(best, gemm_peer::seconds_of(CLOCK_MONOTONIC) - start);
  }
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  Primitive* primitive = nullptr;
  bool use_primitive = false;
  return gemm_peer::serve(
      argc, argv,
      [&](const Matrices& m) {
        primitive = new Primitive(m);
        use_primitive =
            m.bf16 || best_of_5([&] { primitive->run(); }) < best_of_5([&] { sgemm(m); });
        const dnnl_version_t* version = dnnl_version();
        char note[128];
        snprintf(note, sizeof note, "oneDNN %d.%d.%d, isa 0x%x, %s", version->major,
                 version->minor, version->patch,
                 static_cast<unsigned>(dnnl::get_effective_cpu_isa()),
                 use_primitive ? primitive->implementation.c_str() : "dnnl_sgemm");
        return std::string(note);
      },
      [&](const Matrices& m) {
        if (use_primitive) primitive->run();
        else sgemm(m);
      });
}
