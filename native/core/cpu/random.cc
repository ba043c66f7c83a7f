// Random numbers by seed and counter: Philox 4x32-10 (Salmon, Moraes, Dror, Shaw, SC 2011).
#include <algorithm>

#include "operations.h"

namespace ganglion::cpu {
namespace {

struct Block {
  uint32_t words[4];
};

Block philox(Block counter, uint32_t key0, uint32_t key1) {
  auto [c0, c1, c2, c3] = counter.words;
  for (int round = 0; round < 10; round++) {
    const uint64_t product0 = uint64_t{0xd2511f53u} * c0;
    const uint64_t product1 = uint64_t{0xcd9e8d57u} * c2;
    c0 = static_cast<uint32_t>(product1 >> 32) ^ c1 ^ key0;
    c1 = static_cast<uint32_t>(product1);
    c2 = static_cast<uint32_t>(product0 >> 32) ^ c3 ^ key1;
    c3 = static_cast<uint32_t>(product0);
    key0 += 0x9e3779b9u;
    key1 += 0xbb67ae85u;
  }
  return {{c0, c1, c2, c3}};
}

// Blocks that a part has at least.
constexpr int64_t kChunk = 256;

// The blocks of a row's elements, the last perhaps not whole.
int64_t blocksOfRow(const Value& out) { return (out.inner() + 3) / 4; }

int64_t blocksOf(const Value& out) {
  return static_cast<int64_t>(out.sizes[0]) * blocksOfRow(out);
}

Load loadUniform(const Engine& engine, const Op& op) {
  const int64_t blocks = blocksOf(operand(engine.program, op, 1));
  return {10 * static_cast<double>(blocks), (blocks + kChunk - 1) / kChunk, false};
}

void runUniform(Engine& engine, const Op& op, const Piece& piece) {
  const Value& draws = operand(engine.program, op, 0);
  const Value& out = operand(engine.program, op, 1);
  const int64_t blocks = blocksOf(out);
  const Range chunks = piece.of((blocks + kChunk - 1) / kChunk);
  const int64_t perRow = blocksOfRow(out);
  for (int64_t i = chunks.from * kChunk; i < std::min(blocks, chunks.to * kChunk); i++) {
    const int64_t row = i / perRow;
    const int64_t block = i % perRow;
    const auto* draw = reinterpret_cast<const uint32_t*>(draws.i32()) + 2 * row;
    const Block found = philox({{draw[0], draw[1], op.stream, static_cast<uint32_t>(block)}},
                               op.seed[0], op.seed[1]);
    float* to = out.f32() + row * out.inner() + 4 * block;
    const int64_t count = std::min<int64_t>(4, out.inner() - 4 * block);
    for (int64_t e = 0; e < count; e++) to[e] = static_cast<float>(found.words[e] >> 8) * 0x1p-24f;
  }
}

}  // namespace

const Operation kUniformOperation{loadUniform, runUniform};

}  // namespace ganglion::cpu
