// A level for tests: the vector and tile sizes of AVX-512 on plain loops, so that what depends on
// those sizes runs on machines without AVX-512.
#include "cpu/kernels.h"

#include "cpu/reduce.h"
#include "level_wide.h"

namespace ganglion::cpu {
namespace {

typedef float Vector __attribute__((vector_size(64)));
constexpr int kWidth = 16;
constexpr int kTileRows = 8;
constexpr int kTileVectors = 3;
constexpr int kThinRows = 3;
constexpr int kThinVectors[] = {0, 8, 8, 8};
constexpr int kPackRowsMinEvicted = 400;
constexpr int kTransposeBlock = 8;

inline Vector load(const float* from) {
  Vector x;
  __builtin_memcpy(&x, from, sizeof x);
  return x;
}
inline void store(float* to, Vector x) { __builtin_memcpy(to, &x, sizeof x); }
inline Vector spread(float x) {
  Vector y;
  for (int i = 0; i < kWidth; i++) y[i] = x;
  return y;
}
inline Vector add(Vector x, Vector y) { return x + y; }
inline Vector sub(Vector x, Vector y) { return x - y; }
inline Vector mul(Vector x, Vector y) { return x * y; }
inline Vector div(Vector x, Vector y) { return x / y; }
inline Vector pickGreater(Vector x, Vector y, Vector a, Vector b) { return x > y ? a : b; }

inline Vector fma(Vector x, Vector y, Vector z) {
  for (int i = 0; i < kWidth; i++) z[i] = __builtin_fmaf(x[i], y[i], z[i]);
  return z;
}
inline Vector squareRoot(Vector x) {
  for (int i = 0; i < kWidth; i++) x[i] = __builtin_sqrtf(x[i]);
  return x;
}
inline Vector roundDown(Vector x) {
  for (int i = 0; i < kWidth; i++) x[i] = __builtin_floorf(x[i]);
  return x;
}
inline Vector powerOfTwo(Vector n) {
  for (int i = 0; i < kWidth; i++) {
    n[i] = __builtin_ldexpf(1.0f, n[i] >= -126 && n[i] <= 127 ? static_cast<int>(n[i]) : 0);
  }
  return n;
}

inline void transposeBlock(const float* from, int64_t stride, float* to, int64_t toStride) {
  for (int k = 0; k < kTransposeBlock; k++) {
    for (int i = 0; i < kTransposeBlock; i++) to[k * toStride + i] = from[i * stride + k];
  }
}

#include "cpu/kernels.inc"

}  // namespace

const KernelTable kWideKernels = kTable;

}  // namespace ganglion::cpu
