// Operations whose rows are made apart from each other.
#include <algorithm>
#include <limits>

#include "operations.h"

namespace ganglion::cpu {
namespace {

// For rows of operand 0 that take so many nanoseconds an element.
Load rowsLoad(const Engine& engine, const Op& op, double work) {
  const Value& a = operand(engine.program, op, 0);
  return {work * static_cast<double>(a.elements), a.rows(), false};
}

// The rows of a piece, of values that have as many as operand 0.
struct RowsPart {
  RowsPart(const Engine& engine, const Op& op, const Piece& piece)
      : program(engine.program), op(op), columns(operand(program, op, 0).columns()) {
    const Range part = piece.of(operand(program, op, 0).rows());
    first = part.from;
    rows = part.size();
  }

  float* wide(int index) const { return operand(program, op, index).f32() + first * columns; }
  float* narrow(int index) const { return operand(program, op, index).f32() + first; }
  int32_t* numbers(int index) const { return operand(program, op, index).i32() + first; }

  const DecodedProgram& program;
  const Op& op;
  int64_t columns, first, rows;
};

Load loadExponentials(const Engine& engine, const Op& op) { return rowsLoad(engine, op, 1.5); }
Load loadSums(const Engine& engine, const Op& op) { return rowsLoad(engine, op, 0.5); }
Load loadArgmax(const Engine& engine, const Op& op) { return rowsLoad(engine, op, 1); }

void runSoftmaxCrossEntropy(Engine& engine, const Op& op, const Piece& piece) {
  const RowsPart part(engine, op, piece);
  engine.level->kernels->softmaxCrossEntropy({
      .logits = part.wide(0),
      .labels = part.numbers(1),
      .losses = part.narrow(2),
      .gradient = part.wide(3),
      .rows = part.rows,
      .columns = part.columns,
      .scale = op.scale,
  });
}

void runArgmax(Engine& engine, const Op& op, const Piece& piece) {
  const RowsPart part(engine, op, piece);
  engine.level->kernels->argmax(part.wide(0), part.numbers(1), part.rows, part.columns);
}

void runReduce(Engine& engine, const Op& op, const Piece& piece) {
  const RowsPart part(engine, op, piece);
  engine.level->kernels->reduce(
      {part.wide(0), part.narrow(1), part.rows, part.columns, op.flags != 0});
}

void runSoftmax(Engine& engine, const Op& op, const Piece& piece) {
  const RowsPart part(engine, op, piece);
  engine.level->kernels->softmax(
      {part.wide(0), part.wide(1), part.rows, part.columns, op.flags != 0});
}

void runSoftmaxGradient(Engine& engine, const Op& op, const Piece& piece) {
  const RowsPart part(engine, op, piece);
  engine.level->kernels->softmaxGradient({
      .gradient = part.wide(0),
      .output = part.wide(1),
      .out = part.wide(2),
      .rows = part.rows,
      .columns = part.columns,
      .log = op.flags != 0,
  });
}

void runNormalize(Engine& engine, const Op& op, const Piece& piece) {
  const RowsPart part(engine, op, piece);
  engine.level->kernels->normalize({
      .a = part.wide(0),
      .out = part.wide(1),
      .scale = part.narrow(2),
      .rows = part.rows,
      .columns = part.columns,
      .epsilon = op.scale,
      .centered = op.flags != 0,
  });
}

void runNormalizeGradient(Engine& engine, const Op& op, const Piece& piece) {
  const RowsPart part(engine, op, piece);
  engine.level->kernels->normalizeGradient({
      .gradient = part.wide(0),
      .output = part.wide(1),
      .scale = part.narrow(2),
      .out = part.wide(3),
      .rows = part.rows,
      .columns = part.columns,
      .centered = op.flags != 0,
  });
}

Load loadGather(const Engine& engine, const Op& op) {
  const Value& out = operand(engine.program, op, 2);
  return {0.5 * static_cast<double>(out.elements), out.rows(), false};
}

void runGather(Engine& engine, const Op& op, const Piece& piece) {
  const DecodedProgram& program = engine.program;
  const Value& table = operand(program, op, 0);
  const Value& indices = operand(program, op, 1);
  const int64_t columns = table.columns();
  const Range part = piece.of(static_cast<int64_t>(indices.elements));
  for (int64_t row = part.from; row < part.to; row++) {
    float* out = operand(program, op, 2).f32() + row * columns;
    const int64_t index = indices.i32()[row];
    // An index that changed after it was checked must not reach outside.
    if (index >= 0 && index < table.sizes[0]) {
      std::copy_n(table.f32() + index * columns, columns, out);
    } else {
      std::fill_n(out, columns, std::numeric_limits<float>::quiet_NaN());
    }
  }
}

}  // namespace

const Operation kSoftmaxCrossEntropyOperation{loadExponentials, runSoftmaxCrossEntropy};
const Operation kArgmaxOperation{loadArgmax, runArgmax};
const Operation kReduceOperation{loadSums, runReduce};
const Operation kSoftmaxOperation{loadExponentials, runSoftmax};
const Operation kSoftmaxGradientOperation{loadExponentials, runSoftmaxGradient};
const Operation kNormalizeOperation{loadSums, runNormalize};
const Operation kNormalizeGradientOperation{loadSums, runNormalizeGradient};
const Operation kGatherOperation{loadGather, runGather};

}  // namespace ganglion::cpu
