// Views and their gradients: copies, so what counts is that neighbouring elements go together. They
// need no instruction set, and no bits depend on one: copies keep theirs, sums have one order.
#include <algorithm>

#include "operations.h"

namespace ganglion::cpu {
namespace {

// A view with as many axes joined as lie one after another. The last is a run of elements.
struct ViewLoop {
  explicit ViewLoop(const View& view);

  // Calls each(first element of the run) for the rows of a piece, which follow each other.
  template <typename Each>
  void eachRow(Range rows, Each each) const;

  int64_t offset;
  int rank = 0;
  int64_t sizes[kMaxViewAxes], strides[kMaxViewAxes];
  int64_t rows = 1, length = 1, step = 1;
};

ViewLoop::ViewLoop(const View& view) : offset(view.offset) {
  for (int axis = 0; axis < kMaxViewAxes; axis++) {
    const int64_t size = view.sizes[axis], stride = view.strides[axis];
    if (size == 1) continue;
    if (rank > 0 && strides[rank - 1] == stride * size) {
      sizes[rank - 1] *= size;
      strides[rank - 1] = stride;
      continue;
    }
    sizes[rank] = size;
    strides[rank] = stride;
    rank++;
  }
  if (rank > 0) {
    rank--;
    length = sizes[rank];
    step = strides[rank];
  }
  for (int axis = 0; axis < rank; axis++) rows *= sizes[axis];
}

template <typename Each>
void ViewLoop::eachRow(Range part, Each each) const {
  int64_t index[kMaxViewAxes] = {};
  int64_t at = offset, rest = part.from;
  for (int axis = rank - 1; axis >= 0; axis--) {
    index[axis] = rest % sizes[axis];
    rest /= sizes[axis];
    at += index[axis] * strides[axis];
  }
  for (int64_t row = part.from; row < part.to; row++) {
    each(at);
    for (int axis = rank - 1; axis >= 0; axis--) {
      at += strides[axis];
      if (++index[axis] < sizes[axis]) break;
      at -= sizes[axis] * strides[axis];
      index[axis] = 0;
    }
  }
}

void copyRun(const float* from, int64_t step, int64_t length, float* to) {
  if (step == 1) {
    std::copy_n(from, length, to);
    return;
  }
  for (int64_t i = 0; i < length; i++) to[i] = from[i * step];
}

void addRun(const float* from, int64_t step, int64_t length, float* to) {
  if (step == 1) {
    for (int64_t i = 0; i < length; i++) to[i] = to[i] + from[i];
    return;
  }
  for (int64_t i = 0; i < length; i++) to[i * step] = to[i * step] + from[i];
}

Load loadView(const Engine& engine, const Op& op) {
  const ViewLoop loop(engine.program.views[op.viewAt]);
  const Value& out = operand(engine.program, op, 1);
  const int64_t rows = out.sizes[0] * loop.rows;
  return {0.5 * static_cast<double>(out.elements) + 3 * static_cast<double>(rows), rows, false};
}

void runView(Engine& engine, const Op& op, const Piece& piece) {
  const ViewLoop loop(engine.program.views[op.viewAt]);
  const Value& a = operand(engine.program, op, 0);
  const Value& out = operand(engine.program, op, 1);
  if (out.elements == 0) return;
  Range part = piece.of(out.sizes[0] * loop.rows);
  float* to = out.f32() + part.from * loop.length;
  while (part.from < part.to) {
    const float* from = a.f32() + part.from / loop.rows * a.inner();
    const int64_t first = part.from % loop.rows;
    const int64_t count = std::min(loop.rows - first, part.size());
    loop.eachRow({first, first + count}, [&](int64_t at) {
      copyRun(from + at, loop.step, loop.length, to);
      to += loop.length;
    });
    part.from += count;
  }
}

Load loadViewGradient(const Engine& engine, const Op& op) {
  const Value& gradient = operand(engine.program, op, 0);
  const Value& out = operand(engine.program, op, 1);
  const auto elements = static_cast<double>(gradient.elements + out.elements);
  return {elements, out.sizes[0], false};
}

void runViewGradient(Engine& engine, const Op& op, const Piece& piece) {
  const ViewLoop loop(engine.program.views[op.viewAt]);
  const Value& gradient = operand(engine.program, op, 0);
  const Value& out = operand(engine.program, op, 1);
  const Range part = piece.of(out.sizes[0]);
  for (int64_t b = part.from; b < part.to; b++) {
    float* to = out.f32() + b * out.inner();
    const float* from = gradient.f32() + b * gradient.inner();
    std::fill_n(to, out.inner(), 0.0f);
    if (gradient.inner() == 0) continue;
    loop.eachRow({0, loop.rows}, [&](int64_t at) {
      addRun(from, loop.step, loop.length, to + at);
      from += loop.length;
    });
  }
}

}  // namespace

const Operation kViewOperation{loadView, runView};
const Operation kViewGradientOperation{loadViewGradient, runViewGradient};

}  // namespace ganglion::cpu
