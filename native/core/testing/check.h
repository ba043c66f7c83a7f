// Checks for the core's tests: plain programs that ctest runs. Every test file is one program.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <vector>

#include "cpu/dispatch.h"
#include "cpu/workspace.h"
#include "level_wide.h"

namespace ganglion::testing {

inline int failures = 0;
inline int checks = 0;

inline bool check(bool held, const char* file, int line, const char* text) {
  checks++;
  if (held) return true;
  if (++failures <= 20) printf("%s:%d: not true: %s\n", file, line, text);
  return false;
}

#define CHECK(condition) ganglion::testing::check((condition), __FILE__, __LINE__, #condition)

inline int report() {
  printf("%d checks, %d failed\n", checks, failures);
  return failures == 0 ? 0 : 1;
}

// splitmix64: the same values on every machine.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  uint64_t below(uint64_t bound) { return next() % bound; }
  // In [-1, 1).
  float signedUnit() { return static_cast<float>(static_cast<double>(next() >> 11) * 0x1p-52 - 1); }

 private:
  uint64_t state_;
};

inline std::vector<float> randomFloats(uint64_t seed, int64_t count) {
  Random random(seed);
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = random.signedUnit();
  return values;
}

// randomFloats with numbers in between that are not finite, zero or subnormal.
inline std::vector<float> withSpecials(uint64_t seed, int64_t count) {
  const float infinity = std::numeric_limits<float>::infinity();
  const float specials[] = {std::nanf(""), infinity, -infinity, 0.0f, -0.0f, 1e-42f, -1e-42f};
  std::vector<float> values = randomFloats(seed, count);
  for (size_t i = seed; i < values.size(); i += 5) values[i] = specials[(i / 5) % 7];
  return values;
}

// Equal bits, all NaN being one value.
inline bool sameBits(float x, float y) {
  return memcmp(&x, &y, sizeof x) == 0 || (std::isnan(x) && std::isnan(y));
}

inline int64_t differing(const std::vector<float>& x, const std::vector<float>& y) {
  if (x.size() != y.size()) return -1;
  int64_t count = 0;
  for (size_t i = 0; i < x.size(); i++) count += sameBits(x[i], y[i]) ? 0 : 1;
  return count;
}

// Every level of this machine, and the test level with the sizes of AVX-512.
template <typename Each>
void forEachLevel(Each each) {
  const cpu::Levels& available = cpu::availableLevels();
  for (int i = 0; i < available.count; i++) each(available.levels[i]);
  each(cpu::Level{"wide", &cpu::kWideKernels});
}

// FNV-1a over the bits: results that must be the same on every machine.
inline uint64_t hashOf(const std::vector<float>& values) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (const float value : values) {
    unsigned char bytes[sizeof value];
    memcpy(bytes, &value, sizeof value);
    for (const unsigned char byte : bytes) hash = (hash ^ byte) * 0x100000001b3u;
  }
  return hash;
}

}  // namespace ganglion::testing
