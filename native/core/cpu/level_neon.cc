// AArch64 Advanced SIMD: 6 x 16 tiles, 24 of 32 registers hold sums.
#include "kernels.h"

#include <arm_neon.h>

#include "reduce.h"

namespace ganglion::cpu {
namespace {

using Vector = float32x4_t;
constexpr int kWidth = 4;
constexpr int kTileRows = 6;
constexpr int kTileVectors = 4;
constexpr int kThinRows = 2;
constexpr int kThinVectors[] = {0, 8, 8};
constexpr int kPackRowsMinEvicted = 2 * kTileRows + 1;
constexpr int kTransposeBlock = 4;

inline Vector load(const float* from) { return vld1q_f32(from); }
inline void store(float* to, Vector x) { vst1q_f32(to, x); }
inline Vector spread(float x) { return vdupq_n_f32(x); }
inline Vector add(Vector x, Vector y) { return vaddq_f32(x, y); }
inline Vector sub(Vector x, Vector y) { return vsubq_f32(x, y); }
inline Vector mul(Vector x, Vector y) { return vmulq_f32(x, y); }
inline Vector div(Vector x, Vector y) { return vdivq_f32(x, y); }
inline Vector fma(Vector x, Vector y, Vector z) { return vfmaq_f32(z, x, y); }
inline Vector squareRoot(Vector x) { return vsqrtq_f32(x); }
inline Vector roundDown(Vector x) { return vrndmq_f32(x); }

inline Vector pickGreater(Vector x, Vector y, Vector a, Vector b) {
  return vbslq_f32(vcgtq_f32(x, y), a, b);
}

inline Vector powerOfTwo(Vector n) {
  const uint32x4_t bits = vreinterpretq_u32_f32(add(n, spread(12582912.0f)));
  return vreinterpretq_f32_u32(vshlq_n_u32(vaddq_u32(bits, vdupq_n_u32(127)), 23));
}

// to(4,4) = the transpose of from(4,4).
inline void transposeBlock(const float* from, int64_t stride, float* to, int64_t toStride) {
  const float32x4x2_t low = vtrnq_f32(load(from), load(from + stride));
  const float32x4x2_t high = vtrnq_f32(load(from + 2 * stride), load(from + 3 * stride));
  store(to, vcombine_f32(vget_low_f32(low.val[0]), vget_low_f32(high.val[0])));
  store(to + toStride, vcombine_f32(vget_low_f32(low.val[1]), vget_low_f32(high.val[1])));
  store(to + 2 * toStride, vcombine_f32(vget_high_f32(low.val[0]), vget_high_f32(high.val[0])));
  store(to + 3 * toStride, vcombine_f32(vget_high_f32(low.val[1]), vget_high_f32(high.val[1])));
}

#include "kernels.inc"

}  // namespace

const KernelTable kNeonKernels = kTable;

}  // namespace ganglion::cpu
