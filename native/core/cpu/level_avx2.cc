// AVX2 with FMA: 6 x 16 tiles, 12 of 16 registers hold sums.
#include "kernels.h"

#include <immintrin.h>

#include "reduce.h"

namespace ganglion::cpu {
namespace {

using Vector = __m256;
constexpr int kWidth = 8;
constexpr int kTileRows = 6;
constexpr int kTileVectors = 2;
constexpr int kThinRows = 3;
constexpr int kThinVectors[] = {0, 8, 6, 4};
constexpr int kPackRowsMinEvicted = 2 * kTileRows + 1;
constexpr int kTransposeBlock = 8;

inline Vector load(const float* from) { return _mm256_loadu_ps(from); }
inline void store(float* to, Vector x) { _mm256_storeu_ps(to, x); }
inline Vector spread(float x) { return _mm256_set1_ps(x); }
inline Vector add(Vector x, Vector y) { return _mm256_add_ps(x, y); }
inline Vector sub(Vector x, Vector y) { return _mm256_sub_ps(x, y); }
inline Vector mul(Vector x, Vector y) { return _mm256_mul_ps(x, y); }
inline Vector div(Vector x, Vector y) { return _mm256_div_ps(x, y); }
inline Vector fma(Vector x, Vector y, Vector z) { return _mm256_fmadd_ps(x, y, z); }
inline Vector squareRoot(Vector x) { return _mm256_sqrt_ps(x); }
inline Vector roundDown(Vector x) { return _mm256_floor_ps(x); }

inline Vector pickGreater(Vector x, Vector y, Vector a, Vector b) {
  return _mm256_blendv_ps(b, a, _mm256_cmp_ps(x, y, _CMP_GT_OQ));
}

inline Vector powerOfTwo(Vector n) {
  const __m256i bits = _mm256_castps_si256(add(n, spread(12582912.0f)));
  return _mm256_castsi256_ps(
      _mm256_slli_epi32(_mm256_add_epi32(bits, _mm256_set1_epi32(127)), 23));
}

#include "transpose8.inc"

#include "kernels.inc"

}  // namespace

const KernelTable kAvx2Kernels = kTable;

}  // namespace ganglion::cpu
