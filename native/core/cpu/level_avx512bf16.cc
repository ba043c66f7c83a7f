// AVX-512-BF16: products of bf16 factors. The other kernels are those of level_avx512.cc.
#include "kernels.h"

#include <immintrin.h>

namespace ganglion::cpu {
namespace {

using Vector = __m512;
constexpr int kWidth = 16;
constexpr int kTileRows = 8;
constexpr int kTileVectors = 3;
constexpr int kThinRows = 0;
constexpr int kThinVectors[] = {0};
constexpr int kTransposeBlock = 8;
constexpr bool kPairs = true;

inline Vector load(const float* from) { return _mm512_loadu_ps(from); }
inline void store(float* to, Vector x) { _mm512_storeu_ps(to, x); }
inline Vector spread(float x) { return _mm512_set1_ps(x); }
inline Vector add(Vector x, Vector y) { return _mm512_add_ps(x, y); }

// Of pairs in x and y.
inline Vector fma(Vector x, Vector y, Vector z) {
  return _mm512_dpbf16_ps(z, reinterpret_cast<__m512bh>(x), reinterpret_cast<__m512bh>(y));
}

inline Vector pickGreater(Vector x, Vector y, Vector a, Vector b) {
  return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(x, y, _CMP_GT_OQ), b, a);
}

#include "transpose8.inc"

#include "vectors.inc"

#include "poll.inc"

#include "matmul_tile.inc"

#include "matmul_pack.inc"

#include "matmul_panel.inc"

#include "subnormals.inc"

#include "bf16_matmul.inc"

}  // namespace

const Bf16KernelTable kAvx512Bf16Kernels = {bf16Matmul};

}  // namespace ganglion::cpu
