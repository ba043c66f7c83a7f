// Attention and its gradient: a part is some heads of some samples.
#include "operations.h"

namespace ganglion::cpu {
namespace {

AttentionShape shapeOf(const DecodedProgram& program, const Op& op) {
  const Value& qkv = operand(program, op, op.kind == OpKind::attention ? 0 : 1);
  const int64_t heads = op.flags;
  return {qkv.sizes[0], qkv.sizes[1], heads, qkv.sizes[2] / 3 / heads, op.scale};
}

// Products of a query with half of the tokens and, for each, an exponential.
Load loadOf(const AttentionShape& shape, double products) {
  const int64_t heads = shape.batch * shape.heads;
  const double scores = 0.5 * static_cast<double>(heads * shape.tokens * shape.tokens);
  return {scores * (0.03 * products * static_cast<double>(shape.size) + 1), heads, true};
}

Load loadAttention(const Engine& engine, const Op& op) {
  return loadOf(shapeOf(engine.program, op), 2);
}

void runAttention(Engine& engine, const Op& op, const Piece& piece) {
  const DecodedProgram& program = engine.program;
  const AttentionShape shape = shapeOf(program, op);
  const Range heads = piece.of(shape.batch * shape.heads);
  engine.level->kernels->attention({
      .qkv = operand(program, op, 0).f32(),
      .out = operand(program, op, 1).f32(),
      .logSum = operand(program, op, 2).f32(),
      .shape = shape,
      .from = heads.from,
      .to = heads.to,
      .scratch = engine.workspace.scratch(piece.lane),
      .poll = pollOf(engine, piece.lane),
  });
}

Load loadAttentionGradient(const Engine& engine, const Op& op) {
  return loadOf(shapeOf(engine.program, op), 5);
}

void runAttentionGradient(Engine& engine, const Op& op, const Piece& piece) {
  const DecodedProgram& program = engine.program;
  const AttentionShape shape = shapeOf(program, op);
  const Range heads = piece.of(shape.batch * shape.heads);
  engine.level->kernels->attentionGradient({
      .gradient = operand(program, op, 0).f32(),
      .qkv = operand(program, op, 1).f32(),
      .output = operand(program, op, 2).f32(),
      .logSum = operand(program, op, 3).f32(),
      .out = operand(program, op, 4).f32(),
      .shape = shape,
      .from = heads.from,
      .to = heads.to,
      .scratch = engine.workspace.scratch(piece.lane),
      .poll = pollOf(engine, piece.lane),
  });
}

}  // namespace

int64_t attentionScratch(const DecodedProgram& program, const Op& op) {
  const Value& qkv = operand(program, op, op.kind == OpKind::attention ? 0 : 1);
  return qkv.elements == 0 ? 0 : shapeOf(program, op).scratchFloats();
}

const Operation kAttentionOperation{loadAttention, runAttention};
const Operation kAttentionGradientOperation{loadAttentionGradient, runAttentionGradient};

}  // namespace ganglion::cpu
