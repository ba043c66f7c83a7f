// The level of machines without known vector instructions. fmaf gives the products of the others.
#include "kernels.h"

#include <cstdint>
#include <cstring>

#include "reduce.h"

namespace ganglion::cpu {
namespace {

using Vector = float;
constexpr int kWidth = 1;
constexpr int kTileRows = 4;
constexpr int kTileVectors = 4;
constexpr int kThinRows = 1;
constexpr int kThinVectors[] = {0, 8};
constexpr int kPackRowsMinEvicted = 2 * kTileRows + 1;
constexpr int kTransposeBlock = 1;

inline Vector load(const float* from) { return *from; }
inline void store(float* to, Vector x) { *to = x; }
inline Vector spread(float x) { return x; }
inline Vector add(Vector x, Vector y) { return x + y; }
inline Vector sub(Vector x, Vector y) { return x - y; }
inline Vector mul(Vector x, Vector y) { return x * y; }
inline Vector div(Vector x, Vector y) { return x / y; }
inline Vector fma(Vector x, Vector y, Vector z) { return __builtin_fmaf(x, y, z); }
inline Vector squareRoot(Vector x) { return __builtin_sqrtf(x); }
inline Vector roundDown(Vector x) { return __builtin_floorf(x); }
inline Vector pickGreater(Vector x, Vector y, Vector a, Vector b) { return x > y ? a : b; }

inline Vector powerOfTwo(Vector n) {
  const float shifted = n + 12582912.0f;
  uint32_t bits;
  memcpy(&bits, &shifted, sizeof bits);
  bits = (bits + 127u) << 23;
  float power;
  memcpy(&power, &bits, sizeof power);
  return power;
}

inline void transposeBlock(const float* from, int64_t, float* to, int64_t) { *to = *from; }

#include "kernels.inc"

}  // namespace

const KernelTable kScalarKernels = kTable;

}  // namespace ganglion::cpu
