// Reads an encoded program (program.h) into structures that kernels can trust.
//
// DECODE-1: after `decode` returned true, every pointer, size and edge of the result is within a
//   registered arena; only labels and hyper-parameters are left to memory.
// DECODE-2: nothing is written but the result.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "arenas.h"
#include "kernels.h"
#include "program.h"

namespace ganglion::cpu {

struct Value {
  char* data = nullptr;
  uint64_t bytes = 0;
  uint64_t elements = 0;
  int32_t dtype = kF32;
  int32_t rank = 0;
  // The value that has the memory: `of` for a part, else the value itself.
  int32_t memory = 0;
  // Set while labels are checked: an argmax wrote the value, so it is below this; 0 if none did.
  uint32_t argmaxColumns = 0;
  bool bound = false;
  uint32_t sizes[kMaxRank] = {};

  // Of (..., N): N, and the product of the other sizes.
  int64_t columns() const { return rank > 0 ? sizes[rank - 1] : 1; }
  int64_t rows() const {
    int64_t product = 1;
    for (int32_t axis = 0; axis + 1 < rank; axis++) product *= sizes[axis];
    return product;
  }

  // Of (N, ...): the product of all sizes but the first.
  int64_t inner() const {
    int64_t product = 1;
    for (int32_t axis = 1; axis < rank; axis++) product *= sizes[axis];
    return product;
  }

  float* f32() const { return reinterpret_cast<float*>(data); }
  int32_t* i32() const { return reinterpret_cast<int32_t*>(data); }
  uint16_t* u16() const { return reinterpret_cast<uint16_t*>(data); }
  uint8_t* u8() const { return reinterpret_cast<uint8_t*>(data); }
};

// Of a view: index i, below the sizes, is element offset + the sum of i · strides.
struct View {
  int64_t offset = 0;
  int64_t sizes[kMaxViewAxes] = {};
  int64_t strides[kMaxViewAxes] = {};
};

// `operands` are value ids in the order of the fields; -1 for an absent bias.
struct Op {
  OpKind kind = OpKind::matmul;
  int32_t operands[8] = {};
  int32_t flags = 0;  // MatmulFlag, heads, or 1 for centered, sum, max or log
  float scale = 0;    // or epsilon, or factor
  uint32_t edgesAt = 0;
  uint32_t shards = 0;
  // Of a map.
  int32_t inputs = 0;
  int32_t outs = 0;
  int32_t registers = 0;
  int32_t constants = 0;
  int32_t steps = 0;
  uint32_t constantsAt = 0;
  uint32_t stepsAt = 0;
  uint32_t viewAt = 0;
  // Of a uniform.
  uint32_t seed[2] = {};
  uint32_t stream = 0;
};

struct Message {
  char text[256] = {};
};

// A decoded program; kept by its owner so that repeated runs allocate nothing.
struct DecodedProgram {
  std::vector<int32_t> words;
  std::vector<Value> values;
  std::vector<Op> ops;
  std::vector<uint32_t> edges;
  std::vector<float> constants;
  std::vector<MapStep> steps;
  std::vector<View> views;
};

inline const Value& operand(const DecodedProgram& program, const Op& op, int index) {
  return program.values[static_cast<std::size_t>(op.operands[index])];
}

// False, with the reason in `message`, for words that are not a program.
bool decode(const int32_t* words, uint64_t length, const ArenaTable& arenas,
            DecodedProgram* program, Message* message);

}  // namespace ganglion::cpu
