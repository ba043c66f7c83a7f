// AVX-512F: 8 x 48 tiles, 24 of 32 registers hold sums.
#include "kernels.h"

#include <immintrin.h>

#include "reduce.h"

namespace ganglion::cpu {
namespace {

using Vector = __m512;
constexpr int kWidth = 16;
constexpr int kTileRows = 8;
constexpr int kTileVectors = 3;
constexpr int kThinRows = 3;
constexpr int kThinVectors[] = {0, 8, 8, 8};
constexpr int kPackRowsMinEvicted = 400;
constexpr int kTransposeBlock = 8;

inline Vector load(const float* from) { return _mm512_loadu_ps(from); }
inline void store(float* to, Vector x) { _mm512_storeu_ps(to, x); }
inline Vector spread(float x) { return _mm512_set1_ps(x); }
inline Vector add(Vector x, Vector y) { return _mm512_add_ps(x, y); }
inline Vector sub(Vector x, Vector y) { return _mm512_sub_ps(x, y); }
inline Vector mul(Vector x, Vector y) { return _mm512_mul_ps(x, y); }
inline Vector div(Vector x, Vector y) { return _mm512_div_ps(x, y); }
inline Vector fma(Vector x, Vector y, Vector z) { return _mm512_fmadd_ps(x, y, z); }
inline Vector squareRoot(Vector x) { return _mm512_sqrt_ps(x); }

inline Vector roundDown(Vector x) {
  return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
}

inline Vector pickGreater(Vector x, Vector y, Vector a, Vector b) {
  return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(x, y, _CMP_GT_OQ), b, a);
}

inline Vector powerOfTwo(Vector n) {
  const __m512i bits = _mm512_castps_si512(add(n, spread(12582912.0f)));
  return _mm512_castsi512_ps(
      _mm512_slli_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(127)), 23));
}

#include "transpose8.inc"

#include "kernels.inc"

}  // namespace

const KernelTable kAvx512Kernels = kTable;

}  // namespace ganglion::cpu
