#include "map_loop.h"

#include <cstddef>

namespace ganglion::cpu {
namespace {

// Elements from index to index of each axis of `out`; 0 where `value` is broadcast.
void setStrides(const Value& value, const Value& out, int64_t* strides) {
  int64_t step = 1;
  for (int32_t axis = out.rank - 1; axis >= 0; axis--) {
    const int32_t own = axis - (out.rank - value.rank);
    const int64_t size = own >= 0 ? value.sizes[own] : 1;
    strides[axis] = size == 1 ? 0 : step;
    step *= size;
  }
}

void removeAxis(MapTask* task, int32_t axis) {
  task->rank--;
  for (int32_t next = axis; next < task->rank; next++) {
    task->sizes[next] = task->sizes[next + 1];
    for (int32_t i = 0; i < task->inputCount; i++) {
      task->strides[i][next] = task->strides[i][next + 1];
    }
  }
}

bool joins(const MapTask& task, int32_t axis) {
  for (int32_t i = 0; i < task.inputCount; i++) {
    const int64_t* strides = task.strides[i];
    if (strides[axis] != strides[axis + 1] * task.sizes[axis + 1]) return false;
  }
  return true;
}

}  // namespace

void setMapLoop(const DecodedProgram& program, const Op& op, MapTask* task) {
  const auto at = [&](int32_t operand) -> const Value& {
    return program.values[static_cast<size_t>(op.operands[operand])];
  };
  task->inputCount = op.inputs;
  task->outCount = op.outs;
  const Value& out = at(op.inputs);
  task->rank = out.rank;
  for (int32_t axis = 0; axis < out.rank; axis++) task->sizes[axis] = out.sizes[axis];
  for (int32_t i = 0; i < op.inputs; i++) {
    task->inputs[i] = at(i).f32();
    setStrides(at(i), out, task->strides[i]);
  }
  for (int32_t o = 0; o < op.outs; o++) task->outs[o] = at(op.inputs + o).f32();
  for (int32_t axis = task->rank - 1; axis >= 0; axis--) {
    if (task->sizes[axis] == 1) removeAxis(task, axis);
  }
  for (int32_t axis = task->rank - 2; axis >= 0; axis--) {
    if (!joins(*task, axis)) continue;
    task->sizes[axis + 1] *= task->sizes[axis];
    removeAxis(task, axis);
  }
  // The last axis is the row.
  const int32_t last = task->rank - 1;
  task->length = last >= 0 ? task->sizes[last] : 1;
  for (int32_t i = 0; i < op.inputs; i++) task->inStep[i] = last >= 0 ? task->strides[i][last] : 0;
  if (last >= 0) task->rank = last;
  task->lastRow = 1;
  for (int32_t axis = 0; axis < task->rank; axis++) task->lastRow *= task->sizes[axis];
  task->to = task->length;
}

}  // namespace ganglion::cpu
