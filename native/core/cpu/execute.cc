#include "execute.h"

#include <cstdio>
#include <new>

#include "form.h"
#include "map_loop.h"

namespace ganglion::cpu {
namespace {

const Value& operand(const DecodedProgram& program, const Op& op, int index) {
  return program.values[static_cast<size_t>(op.operands[index])];
}

bool checkLabels(const DecodedProgram& program, size_t index, Message* message) {
  const Op& op = program.ops[index];
  const Value& labels = operand(program, op, 1);
  const auto classes = static_cast<uint32_t>(operand(program, op, 0).columns());
  const uint32_t columns = program.values[static_cast<size_t>(labels.memory)].argmaxColumns;
  const Refusal refusal{message, static_cast<int32_t>(index), "softmaxCrossEntropy"};
  if (columns != 0) {
    if (columns <= classes) return true;
    return refusal.because("labels from an argmax over %u columns, classes are %u", columns,
                           classes);
  }
  for (uint64_t i = 0; i < labels.elements; i++) {
    const int32_t label = labels.i32()[i];
    if (label >= 0 && static_cast<uint32_t>(label) < classes) continue;
    return refusal.because("label %d of row %llu is not in [0, %u)", label,
                           static_cast<unsigned long long>(i), classes);
  }
  return true;
}

bool checkAllLabels(DecodedProgram* program, Message* message) {
  for (size_t i = 0; i < program->ops.size(); i++) {
    const Op& op = program->ops[i];
    if (op.kind == OpKind::argmax) {
      Value& out = program->values[static_cast<size_t>(op.operands[1])];
      out.argmaxColumns = static_cast<uint32_t>(operand(*program, op, 0).columns());
    } else if (op.kind == OpKind::softmaxCrossEntropy) {
      if (!checkLabels(*program, i, message)) return false;
    }
  }
  return true;
}

void runMatmul(const Engine& engine, const Op& op) {
  const DecodedProgram& program = engine.program;
  const Value& a = operand(program, op, 0);
  const Value& b = operand(program, op, 1);
  const Value& out = operand(program, op, 3);
  const bool transposeA = (op.flags & kTransposeA) != 0;
  const float* bias = op.operands[2] == -1 ? nullptr : operand(program, op, 2).f32();
  engine.level->kernels->matmul({
      .a = a.f32(),
      .b = b.f32(),
      .out = out.f32(),
      .bias = bias,
      .m = out.rows(),
      .n = out.columns(),
      .k = transposeA ? a.rows() : a.columns(),
      .strideA = a.columns(),
      .strideB = b.columns(),
      .strideOut = out.columns(),
      .transposeA = transposeA,
      .transposeB = (op.flags & kTransposeB) != 0,
      .relu = (op.flags & kRelu) != 0,
      .packA = engine.workspace.packA(),
      .packB = engine.workspace.packB(),
  });
}

void runShardMatmul(const Engine& engine, const Op& op) {
  const DecodedProgram& program = engine.program;
  const Value& a = operand(program, op, 0);
  const Value& b = operand(program, op, 1);
  const Value& out = operand(program, op, 2);
  const int64_t m = a.columns();
  const int64_t n = b.columns();
  for (uint32_t shard = 0; shard < op.shards; shard++) {
    const int64_t from = program.edges[op.edgesAt + shard];
    const int64_t to = program.edges[op.edgesAt + shard + 1];
    engine.level->kernels->matmul({
        .a = a.f32() + from * m,
        .b = b.f32() + from * n,
        .out = out.f32() + shard * m * n,
        .bias = nullptr,
        .m = m,
        .n = n,
        .k = to - from,
        .strideA = m,
        .strideB = n,
        .strideOut = n,
        .transposeA = true,
        .transposeB = false,
        .relu = false,
        .packA = engine.workspace.packA(),
        .packB = engine.workspace.packB(),
    });
  }
}

void runShardColumnSum(const Engine& engine, const Op& op) {
  const DecodedProgram& program = engine.program;
  const Value& a = operand(program, op, 0);
  int64_t columns = 1;
  for (int32_t axis = 1; axis < a.rank; axis++) columns *= a.sizes[axis];
  for (uint32_t shard = 0; shard < op.shards; shard++) {
    const int64_t from = program.edges[op.edgesAt + shard];
    const int64_t to = program.edges[op.edgesAt + shard + 1];
    float* out = operand(program, op, 1).f32() + shard * columns;
    engine.level->kernels->columnSum(a.f32() + from * columns, to - from, columns, out);
  }
}

void runOptimizer(const Engine& engine, const Op& op) {
  float* data[8] = {};
  const int count = op.kind == OpKind::sgd ? 6 : 8;
  for (int i = 0; i < count; i++) data[i] = operand(engine.program, op, i).f32();
  const int64_t elements = static_cast<int64_t>(operand(engine.program, op, 0).elements);
  const KernelTable& kernels = *engine.level->kernels;
  if (op.kind == OpKind::sgd) {
    kernels.sgd({data[0], data[1], data[2], data[3], data[4], data[5], elements});
  } else {
    kernels.adamw({data[0], data[1], data[2], data[3], data[4], data[5], data[6], data[7],
                   elements});
  }
}

void runMap(const Engine& engine, const Op& op) {
  const DecodedProgram& program = engine.program;
  MapTask task{};
  task.steps = program.steps.data() + op.stepsAt;
  task.stepCount = op.steps;
  task.constants = program.constants.data() + op.constantsAt;
  task.constantCount = op.constants;
  task.registerCount = op.registers;
  task.scratch = engine.workspace.scratch();
  setMapLoop(program, op, &task);
  engine.level->kernels->map(task);
}

void runSoftmaxCrossEntropy(const Engine& engine, const Op& op) {
  const DecodedProgram& program = engine.program;
  const Value& logits = operand(program, op, 0);
  engine.level->kernels->softmaxCrossEntropy({
      .logits = logits.f32(),
      .labels = operand(program, op, 1).i32(),
      .losses = operand(program, op, 2).f32(),
      .gradient = operand(program, op, 3).f32(),
      .rows = logits.rows(),
      .columns = logits.columns(),
      .scale = op.scale,
  });
}

void runArgmax(const Engine& engine, const Op& op) {
  const Value& a = operand(engine.program, op, 0);
  int32_t* out = operand(engine.program, op, 1).i32();
  engine.level->kernels->argmax(a.f32(), out, a.rows(), a.columns());
}

void runOp(const Engine& engine, const Op& op) {
  switch (op.kind) {
    case OpKind::matmul:
      return runMatmul(engine, op);
    case OpKind::shardMatmul:
      return runShardMatmul(engine, op);
    case OpKind::shardColumnSum:
      return runShardColumnSum(engine, op);
    case OpKind::map:
      return runMap(engine, op);
    case OpKind::softmaxCrossEntropy:
      return runSoftmaxCrossEntropy(engine, op);
    case OpKind::argmax:
      return runArgmax(engine, op);
    case OpKind::sgd:
    case OpKind::adamw:
      return runOptimizer(engine, op);
  }
}

}  // namespace

Outcome run(Engine* engine, const int32_t* words, uint64_t length, Message* message) {
  try {
    if (!decode(words, length, engine->arenas, &engine->program, message)) {
      return Outcome::malformed;
    }
  } catch (const std::bad_alloc&) {
    snprintf(message->text, sizeof message->text, "no memory is left for reading the program");
    return Outcome::outOfMemory;
  }
  if (!checkAllLabels(&engine->program, message)) return Outcome::badLabel;
  if (!engine->workspace.reserve(*engine->level->kernels)) {
    snprintf(message->text, sizeof message->text, "no memory is left for packing matrices");
    return Outcome::outOfMemory;
  }
  for (const Op& op : engine->program.ops) runOp(*engine, op);
  return Outcome::done;
}

}  // namespace ganglion::cpu
