// Casts: between f32 and each other dtype, element by element.
#include <algorithm>
#include <cstring>

#include "operations.h"

namespace ganglion::cpu {
namespace {

// Elements that a part has at least.
constexpr int64_t kChunk = 4096;

uint32_t bitsOf(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

float floatOf(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

constexpr uint32_t kMagnitude = 0x7fffffff;
constexpr uint32_t kInfinity = 0x7f800000;

uint16_t toBf16(float x) {
  const uint32_t bits = bitsOf(x);
  const uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  const uint32_t quiet = bits >> 16 | 0x40;
  return static_cast<uint16_t>((bits & kMagnitude) > kInfinity ? quiet : rounded);
}

float fromBf16(uint16_t bits) { return floatOf(static_cast<uint32_t>(bits) << 16); }

constexpr uint32_t kHalfLeastNormal = 0x38800000;  // 2^-14
constexpr uint32_t kHalfOverflow = 0x477ff000;     // rounds to 2^16
constexpr uint32_t kExponentsApart = (127 - 15) << 23;

uint16_t toF16(float x) {
  const uint32_t bits = bitsOf(x);
  const uint32_t sign = bits >> 16 & 0x8000;
  const uint32_t magnitude = bits & kMagnitude;
  // The sum's last bit is worth 2^-24, as the last of a subnormal f16 is.
  const uint32_t subnormal = bitsOf(floatOf(magnitude) + 0.5f) - bitsOf(0.5f);
  const uint32_t normal = (magnitude - kExponentsApart + 0xfff + (magnitude >> 13 & 1)) >> 13;
  uint32_t half = magnitude < kHalfLeastNormal ? subnormal : normal;
  if (magnitude >= kHalfOverflow) half = 0x7c00;
  if (magnitude > kInfinity) half = 0x7e00;
  return static_cast<uint16_t>(sign | half);
}

float fromF16(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
  const uint32_t magnitude = half & 0x7fff;
  if (magnitude < 0x400) {
    return floatOf(sign | bitsOf(static_cast<float>(magnitude) * 0x1p-24f));
  }
  const uint32_t finite = (magnitude << 13) + kExponentsApart;
  return floatOf(sign | (magnitude < 0x7c00 ? finite : kInfinity | magnitude << 13));
}

// Towards 0, within [least, 2^31); NaN is 0.
int32_t toWhole(float x, float least, int32_t most) {
  if (!(x > least)) return x == x ? static_cast<int32_t>(least) : 0;
  return x >= static_cast<float>(most) ? most : static_cast<int32_t>(x);
}

int32_t toI32(float x) { return toWhole(x, -0x1p31f, INT32_MAX); }
uint8_t toU8(float x) { return static_cast<uint8_t>(toWhole(x, 0, 255)); }
uint8_t toBool(float x) { return x != 0; }
float fromI32(int32_t x) { return static_cast<float>(x); }
float fromU8(uint8_t x) { return x; }
float fromBool(uint8_t x) { return x != 0; }

template <typename From, typename To>
void each(const From* a, To* out, const Range& range, To (*cast)(From)) {
  for (int64_t i = range.from; i < range.to; i++) out[i] = cast(a[i]);
}

void castFrom(const Value& a, float* out, const Range& range) {
  switch (a.dtype) {
    case kI32:
      return each(a.i32(), out, range, fromI32);
    case kU8:
      return each(a.u8(), out, range, fromU8);
    case kBf16:
      return each(a.u16(), out, range, fromBf16);
    case kF16:
      return each(a.u16(), out, range, fromF16);
    case kBool:
      return each(a.u8(), out, range, fromBool);
    default:
      __builtin_unreachable();
  }
}

void castTo(const float* a, const Value& out, const Range& range) {
  switch (out.dtype) {
    case kI32:
      return each(a, out.i32(), range, toI32);
    case kU8:
      return each(a, out.u8(), range, toU8);
    case kBf16:
      return each(a, out.u16(), range, toBf16);
    case kF16:
      return each(a, out.u16(), range, toF16);
    case kBool:
      return each(a, out.u8(), range, toBool);
    default:
      __builtin_unreachable();
  }
}

int64_t chunksOf(int64_t elements) { return (elements + kChunk - 1) / kChunk; }

Load loadCast(const Engine& engine, const Op& op) {
  const auto elements = static_cast<int64_t>(operand(engine.program, op, 0).elements);
  return {static_cast<double>(elements), chunksOf(elements), false};
}

void runCast(Engine& engine, const Op& op, const Piece& piece) {
  const Value& a = operand(engine.program, op, 0);
  const Value& out = operand(engine.program, op, 1);
  const auto elements = static_cast<int64_t>(a.elements);
  const Range chunks = piece.of(chunksOf(elements));
  const Range range{chunks.from * kChunk, std::min(elements, chunks.to * kChunk)};
  if (a.dtype == kF32) castTo(a.f32(), out, range);
  else castFrom(a, out.f32(), range);
}

}  // namespace

const Operation kCastOperation{loadCast, runCast};

}  // namespace ganglion::cpu
