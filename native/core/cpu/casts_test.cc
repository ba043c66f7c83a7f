// Casts against rules stated another way: the nearest by search, and every 16-bit number.
#include <algorithm>

#include "testing/program_fixture.h"

using namespace ganglion::cpu;
using namespace ganglion::testing;

namespace {

template <typename To, typename From>
std::vector<To> cast(const std::vector<From>& a, int32_t from, int32_t to) {
  std::vector<From> source = a;
  std::vector<To> out(a.size());
  Engine engine;
  Message message;
  engine.arenas.arenas[0] = {reinterpret_cast<char*>(source.data()), a.size() * sizeof(From)};
  engine.arenas.arenas[1] = {reinterpret_cast<char*>(out.data()), out.size() * sizeof(To)};
  ProgramWords words;
  const auto count = static_cast<int32_t>(a.size());
  words.value({count}, 0, 0, from);
  words.value({count}, 1, 0, to);
  words.op(OpKind::cast, {0, 1});
  const std::vector<int32_t> program = words.words();
  if (!CHECK(run(&engine, program.data(), program.size(), &message) == Outcome::done)) {
    printf("  %s\n", message.text);
  }
  return out;
}

std::vector<uint16_t> everyHalf() {
  std::vector<uint16_t> all;
  for (int bits = 0; bits < 65536; bits++) all.push_back(static_cast<uint16_t>(bits));
  return all;
}

// What an f16 is by its fields.
float halfByFields(uint16_t half) {
  const int exponent = half >> 10 & 31;
  const int fraction = half & 1023;
  const float sign = (half & 0x8000) != 0 ? -1.0f : 1.0f;
  if (exponent == 31) return fraction == 0 ? sign * INFINITY : NAN;
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(fraction), -24);
  return sign * std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
}

// Numbers between neighbours of a format, at its ties and on either side of them.
std::vector<float> around(const std::vector<float>& numbers) {
  std::vector<float> found = {0.0f, -0.0f, INFINITY, -INFINITY, NAN, 1e-42f, 3e38f, 65519.9f,
                              65520.0f, 0x1p-25f, 0x1.000002p-25f, 0x1p-24f};
  for (size_t i = 0; i + 1 < numbers.size(); i++) {
    const float middle = static_cast<float>((double{numbers[i]} + numbers[i + 1]) / 2);
    for (const float x : {numbers[i], middle, std::nextafterf(middle, INFINITY),
                          std::nextafterf(middle, -INFINITY)}) {
      found.push_back(x);
      found.push_back(-x);
    }
  }
  return found;
}

// The nearest of the non-negative finite `numbers`, which ascend; of two, the one of even index.
// Halfway from the last to what would follow and beyond is infinity.
float nearest(const std::vector<float>& numbers, float x) {
  if (std::isnan(x)) return x;
  const double size = std::fabs(x);
  const double last = numbers.back();
  const double step = last - numbers[numbers.size() - 2];
  if (size >= last + step / 2) return std::copysign(INFINITY, x);
  const auto above = std::lower_bound(numbers.begin(), numbers.end(), static_cast<float>(size));
  if (above == numbers.end()) return std::copysign(numbers.back(), x);
  auto at = static_cast<size_t>(above - numbers.begin());
  if (at > 0) {
    const double up = numbers[at] - size;
    const double down = size - numbers[at - 1];
    if (down < up || (down == up && at % 2 == 1)) at--;
  }
  return std::copysign(numbers[at], x);
}

void rounds(int32_t dtype, const std::vector<float>& numbers) {
  const std::vector<float> given = around(numbers);
  const std::vector<float> found = cast<float>(cast<uint16_t>(given, kF32, dtype), dtype, kF32);
  for (size_t i = 0; i < given.size(); i++) {
    if (CHECK(sameBits(found[i], nearest(numbers, given[i])))) continue;
    printf("  dtype %d: %a became %a\n", dtype, given[i], found[i]);
  }
}

void halves() {
  const std::vector<uint16_t> all = everyHalf();
  const std::vector<float> f16 = cast<float>(all, kF16, kF32);
  const std::vector<float> bf16 = cast<float>(all, kBf16, kF32);
  std::vector<float> finite[2];
  for (size_t i = 0; i < all.size(); i++) {
    CHECK(sameBits(f16[i], halfByFields(all[i])));
    const uint32_t bits = static_cast<uint32_t>(all[i]) << 16;
    float x;
    memcpy(&x, &bits, sizeof x);
    CHECK(sameBits(bf16[i], x));
    if (i < 0x8000 && std::isfinite(f16[i])) finite[0].push_back(f16[i]);
    if (i < 0x8000 && std::isfinite(x)) finite[1].push_back(x);
  }
  CHECK(finite[0].size() == 0x7c00 && finite[1].size() == 0x7f80);
  rounds(kF16, finite[0]);
  rounds(kBf16, finite[1]);
}

void wholes() {
  const std::vector<float> given = {0.0f, -0.9f, 2.5f, -2.5f, 254.9f, 255.5f, 1e20f, -1e20f, NAN,
                                    INFINITY, -INFINITY, 2147483520.0f, -2147483648.0f, 1e-42f};
  const std::vector<int32_t> i32 = {0, 0, 2, -2, 254, 255, INT32_MAX, INT32_MIN, 0,
                                    INT32_MAX, INT32_MIN, 2147483520, INT32_MIN, 0};
  const std::vector<uint8_t> u8 = {0, 0, 2, 0, 254, 255, 255, 0, 0, 255, 0, 255, 0, 0};
  const std::vector<uint8_t> flags = {0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  CHECK(cast<int32_t>(given, kF32, kI32) == i32);
  CHECK(cast<uint8_t>(given, kF32, kU8) == u8);
  CHECK(cast<uint8_t>(given, kF32, kBool) == flags);
  const std::vector<float> rounded = {16777216.0f, 16777220.0f, -7.0f};
  CHECK(cast<float>(std::vector<int32_t>{16777217, 16777219, -7}, kI32, kF32) == rounded);
  const std::vector<float> bytes = {0.0f, 7.0f, 255.0f};
  CHECK(cast<float>(std::vector<uint8_t>{0, 7, 255}, kU8, kF32) == bytes);
  const std::vector<float> ones = {0.0f, 1.0f, 1.0f};
  CHECK(cast<float>(std::vector<uint8_t>{0, 7, 255}, kBool, kF32) == ones);
}

}  // namespace

int main() {
  halves();
  wholes();
  return report();
}
