// Serves samples of C(m,n) = A(m,n) B(n,n), row-major, for a library's product. C is f32; so are A
// and B, or their elements are numbers of bf16.
//
// 1. Inputs are pure functions of their index (the same in every contestant), exact.
// 2. C is filled with NaN before each sample; what is checked was computed in the sample.
// 3. CHECKS elements are compared with a sum in f64, relative to the sum of the terms' sizes.
#pragma once

#include <sys/resource.h>
#include <time.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <limits>
#include <string>

namespace gemm_peer {

constexpr int CHECKS = 64;
constexpr double ERROR_LIMIT = 1e-5;

inline uint32_t mix(uint32_t seed, uint32_t index) {
  uint32_t h = index * 2654435761u + seed * 2246822519u;
  h ^= h >> 15;
  h *= 2246822519u;
  h ^= h >> 13;
  h *= 3266489917u;
  return h ^ (h >> 16);
}

// In [-1, 1), a multiple of 2^-23, or for bf16, which holds it exactly, of 2^-7.
inline float element(uint32_t seed, uint32_t index, bool bf16) {
  const uint32_t drawn = mix(seed, index);
  return bf16 ? static_cast<float>(drawn >> 24) / 128.0f - 1.0f
              : static_cast<float>(drawn >> 8) / 8388608.0f - 1.0f;
}

inline double seconds_of(clockid_t clock) {
  timespec t;
  clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

struct Matrices {
  int m, n;
  bool bf16;
  float *a, *b, *c;
};

inline float* allocate(size_t count) {
  void* memory = nullptr;
  if (posix_memalign(&memory, 4096, count * sizeof(float)) != 0) abort();
  return static_cast<float*>(memory);
}

struct Verdict {
  double sum, error;
};

inline Verdict verify(const Matrices& m) {
  Verdict verdict{0, 0};
  const uint32_t n = static_cast<uint32_t>(m.n), rows = static_cast<uint32_t>(m.m);
  for (uint32_t s = 0; s < CHECKS; s++) {
    const uint32_t row = mix(3, s) % rows, column = mix(4, s) % n;
    double sum = 0, size = 0;
    for (uint32_t k = 0; k < n; k++) {
      const double term = double(m.a[row * n + k]) * double(m.b[k * n + column]);
      sum += term;
      size += std::fabs(term);
    }
    const double error = std::fabs(double(m.c[row * n + column]) - sum) / size;
    if (!(error <= verdict.error)) verdict.error = error;
    verdict.sum += m.c[row * n + column];
  }
  return verdict;
}

// Arguments: m, n, products of a sample, f32 or bf16. `product` computes C once; `note` names
// library and settings.
inline int serve(int argc, char** argv, const std::function<std::string(const Matrices&)>& prepare,
                 const std::function<void(const Matrices&)>& product) {
  if (argc != 5) return 2;
  const bool bf16 = strcmp(argv[4], "bf16") == 0;
  const int rows = atoi(argv[1]), n = atoi(argv[2]), products = atoi(argv[3]);
  const size_t count = static_cast<size_t>(rows) * static_cast<size_t>(n);
  const size_t square = static_cast<size_t>(n) * static_cast<size_t>(n);
  Matrices m{rows, n, bf16, allocate(count), allocate(square), allocate(count)};
  for (uint32_t i = 0; i < count; i++) {
    m.a[i] = element(1, i, bf16);
    m.c[i] = 0;
  }
  for (uint32_t i = 0; i < square; i++) m.b[i] = element(2, i, bf16);
  const std::string note = prepare(m);
  product(m);
  printf("{\"ready\":true,\"note\":\"%s\"}\n", note.c_str());
  fflush(stdout);
  char line[64];
  while (fgets(line, sizeof line, stdin) != nullptr) {
    for (size_t i = 0; i < count; i++) m.c[i] = std::numeric_limits<float>::quiet_NaN();
    const double cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    const double start = seconds_of(CLOCK_MONOTONIC);
    for (int i = 0; i < products; i++) product(m);
    const double wall = seconds_of(CLOCK_MONOTONIC) - start;
    const double busy = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    const Verdict verdict = verify(m);
    if (!(verdict.error <= ERROR_LIMIT)) {
      printf("{\"refused\":\"error %.3g against f64 is above %.0e\"}\n", verdict.error,
             ERROR_LIMIT);
    } else {
      printf("{\"seconds\":%.9f,\"cpuSeconds\":%.9f,\"completed\":%d,"
             "\"check\":\"sum %.3f error %.1e\"}\n",
             wall, busy, products, verdict.sum, verdict.error);
    }
    fflush(stdout);
  }
  return 0;
}

}  // namespace gemm_peer
