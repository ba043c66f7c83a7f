#include "dispatch.h"

#include <cstring>

namespace ganglion::cpu {
namespace {

#if defined(__x86_64__)
// What gcc may use of AVX-512 in level_avx512bf16.cc.
bool runsAvx512Bf16() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bf16");
}

const KernelTable& avx512Bf16Kernels() {
  static const KernelTable table = [] {
    KernelTable kernels = kAvx512Kernels;
    kernels.bf16Matmul = kAvx512Bf16Kernels.matmul;
    return kernels;
  }();
  return table;
}
#endif

Levels detect() {
  Levels found{};
#if defined(__x86_64__)
  // The builtin also checks that the operating system keeps the wide registers.
  __builtin_cpu_init();
  if (runsAvx512Bf16()) found.levels[found.count++] = {"avx512-bf16", &avx512Bf16Kernels()};
  if (__builtin_cpu_supports("avx512f")) {
    found.levels[found.count++] = {"avx512", &kAvx512Kernels};
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    found.levels[found.count++] = {"avx2", &kAvx2Kernels};
  }
#elif defined(__aarch64__)
  found.levels[found.count++] = {"neon", &kNeonKernels};
#endif
  found.levels[found.count++] = {"scalar", &kScalarKernels};
  return found;
}

}  // namespace

const Levels& availableLevels() {
  static const Levels levels = detect();
  return levels;
}

const Level* findLevel(const char* name) {
  const Levels& available = availableLevels();
  for (int i = 0; i < available.count; i++) {
    if (strcmp(available.levels[i].name, name) == 0) return &available.levels[i];
  }
  return nullptr;
}

}  // namespace ganglion::cpu
