// Maps and optimizer steps: any elements can be made apart from the others.
#include <algorithm>

#include "map_loop.h"
#include "operations.h"

namespace ganglion::cpu {
namespace {

// Elements that a part has at least.
constexpr int64_t kChunk = 4096;

int64_t chunksOf(int64_t elements) { return (elements + kChunk - 1) / kChunk; }

Load loadMap(const Engine& engine, const Op& op) {
  const auto elements = static_cast<double>(operand(engine.program, op, op.inputs).elements);
  return {0.3 * elements * op.steps, static_cast<int64_t>(elements) / kChunk + 1, false};
}

void runMap(Engine& engine, const Op& op, const Piece& piece) {
  const DecodedProgram& program = engine.program;
  MapTask task{};
  task.steps = program.steps.data() + op.stepsAt;
  task.stepCount = op.steps;
  task.constants = program.constants.data() + op.constantsAt;
  task.constantCount = op.constants;
  task.registerCount = op.registers;
  task.scratch = engine.workspace.scratch(piece.lane);
  setMapLoop(program, op, &task);
  const int64_t chunks = chunksOf(task.length);
  Range part = piece.of(task.lastRow * chunks);
  if (chunks == 1) {
    task.firstRow = part.from;
    task.lastRow = part.to;
    return engine.level->kernels->map(task);
  }
  while (part.from < part.to) {
    const int64_t first = part.from % chunks;
    const int64_t count = std::min(chunks - first, part.size());
    task.firstRow = part.from / chunks;
    task.lastRow = task.firstRow + 1;
    task.from = first * kChunk;
    task.to = std::min(task.length, (first + count) * kChunk);
    engine.level->kernels->map(task);
    part.from += count;
  }
}

Load loadOptimizer(const Engine& engine, const Op& op) {
  const auto elements = static_cast<int64_t>(operand(engine.program, op, 0).elements);
  return {static_cast<double>(elements), chunksOf(elements), false};
}

Range elementsOf(const Engine& engine, const Op& op, const Piece& piece) {
  const auto elements = static_cast<int64_t>(operand(engine.program, op, 0).elements);
  const Range chunks = piece.of(chunksOf(elements));
  return {chunks.from * kChunk, std::min(elements, chunks.to * kChunk)};
}

void runSgd(Engine& engine, const Op& op, const Piece& piece) {
  const Range part = elementsOf(engine, op, piece);
  const auto at = [&](int index) { return operand(engine.program, op, index).f32() + part.from; };
  engine.level->kernels->sgd({
      .parameter = at(0),
      .gradient = at(1),
      .velocity = at(2),
      .hyper = operand(engine.program, op, 3).f32(),
      .nextParameter = at(4),
      .nextVelocity = at(5),
      .count = part.size(),
  });
}

void runAdamw(Engine& engine, const Op& op, const Piece& piece) {
  const Range part = elementsOf(engine, op, piece);
  const auto at = [&](int index) { return operand(engine.program, op, index).f32() + part.from; };
  engine.level->kernels->adamw({
      .parameter = at(0),
      .gradient = at(1),
      .first = at(2),
      .second = at(3),
      .hyper = operand(engine.program, op, 4).f32(),
      .nextParameter = at(5),
      .nextFirst = at(6),
      .nextSecond = at(7),
      .count = part.size(),
  });
}

}  // namespace

const Operation kMapOperation{loadMap, runMap};
const Operation kSgdOperation{loadOptimizer, runSgd};
const Operation kAdamwOperation{loadOptimizer, runAdamw};

}  // namespace ganglion::cpu
