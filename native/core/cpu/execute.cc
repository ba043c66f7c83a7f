#include "execute.h"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <new>

#include "form.h"
#include "map_loop.h"
#include "products.h"

namespace ganglion::cpu {
namespace {

// The numbers that labels or indices of an operation may have, from 0; 0 for other operations.
uint32_t labelCount(const DecodedProgram& program, const Op& op) {
  switch (op.kind) {
    case OpKind::softmaxCrossEntropy:
      return static_cast<uint32_t>(operand(program, op, 0).columns());
    case OpKind::gather:
      return operand(program, op, 0).sizes[0];
    case OpKind::shardScatter:
      return operand(program, op, 2).sizes[1];
    default:
      return 0;
  }
}

bool hasLabels(OpKind kind) {
  return kind == OpKind::softmaxCrossEntropy || kind == OpKind::gather ||
         kind == OpKind::shardScatter;
}

bool checkLabels(const DecodedProgram& program, size_t index, Message* message) {
  const Op& op = program.ops[index];
  const Value& labels = operand(program, op, 1);
  const uint32_t classes = labelCount(program, op);
  const uint32_t columns = program.values[static_cast<size_t>(labels.memory)].argmaxColumns;
  const Refusal refusal{message, static_cast<int32_t>(index),
                        formOf(static_cast<int32_t>(op.kind))->name};
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
    } else if (hasLabels(op.kind)) {
      if (!checkLabels(*program, i, message)) return false;
    }
  }
  return true;
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

void runNormalize(const Engine& engine, const Op& op) {
  const DecodedProgram& program = engine.program;
  const Value& a = operand(program, op, 0);
  engine.level->kernels->normalize({
      .a = a.f32(),
      .out = operand(program, op, 1).f32(),
      .scale = operand(program, op, 2).f32(),
      .rows = a.rows(),
      .columns = a.columns(),
      .epsilon = op.scale,
      .centered = op.flags != 0,
  });
}

void runNormalizeGradient(const Engine& engine, const Op& op) {
  const DecodedProgram& program = engine.program;
  const Value& gradient = operand(program, op, 0);
  engine.level->kernels->normalizeGradient({
      .gradient = gradient.f32(),
      .output = operand(program, op, 1).f32(),
      .scale = operand(program, op, 2).f32(),
      .out = operand(program, op, 3).f32(),
      .rows = gradient.rows(),
      .columns = gradient.columns(),
      .centered = op.flags != 0,
  });
}

void runReduce(const Engine& engine, const Op& op) {
  const Value& a = operand(engine.program, op, 0);
  float* out = operand(engine.program, op, 1).f32();
  engine.level->kernels->reduce({a.f32(), out, a.rows(), a.columns(), op.flags != 0});
}

void runSoftmax(const Engine& engine, const Op& op) {
  const Value& a = operand(engine.program, op, 0);
  float* out = operand(engine.program, op, 1).f32();
  engine.level->kernels->softmax({a.f32(), out, a.rows(), a.columns(), op.flags != 0});
}

void runSoftmaxGradient(const Engine& engine, const Op& op) {
  const DecodedProgram& program = engine.program;
  const Value& gradient = operand(program, op, 0);
  engine.level->kernels->softmaxGradient({
      .gradient = gradient.f32(),
      .output = operand(program, op, 1).f32(),
      .out = operand(program, op, 2).f32(),
      .rows = gradient.rows(),
      .columns = gradient.columns(),
      .log = op.flags != 0,
  });
}

void runGather(const Engine& engine, const Op& op) {
  const DecodedProgram& program = engine.program;
  const Value& table = operand(program, op, 0);
  const Value& indices = operand(program, op, 1);
  float* out = operand(program, op, 2).f32();
  const int64_t columns = table.columns();
  for (uint64_t row = 0; row < indices.elements; row++, out += columns) {
    const int64_t index = indices.i32()[row];
    // An index that changed after it was checked must not reach outside.
    if (index >= 0 && index < table.sizes[0]) {
      std::copy_n(table.f32() + index * columns, columns, out);
    } else {
      std::fill_n(out, columns, std::numeric_limits<float>::quiet_NaN());
    }
  }
}

void runShardScatter(const Engine& engine, const Op& op) {
  const DecodedProgram& program = engine.program;
  const Value& gradient = operand(program, op, 0);
  const Value& out = operand(program, op, 2);
  const int64_t columns = gradient.columns();
  const int64_t count = out.sizes[1];
  std::fill_n(out.f32(), out.elements, 0.0f);
  for (uint32_t shard = 0; shard < op.shards; shard++) {
    const int64_t from = program.edges[op.edgesAt + shard];
    engine.level->kernels->scatter({
        .gradient = gradient.f32() + from * columns,
        .indices = operand(program, op, 1).i32() + from,
        .out = out.f32() + shard * count * columns,
        .rows = program.edges[op.edgesAt + shard + 1] - from,
        .columns = columns,
        .count = count,
    });
  }
}

AttentionShape attentionShape(const DecodedProgram& program, const Op& op) {
  const Value& qkv = operand(program, op, op.kind == OpKind::attention ? 0 : 1);
  const int64_t heads = op.flags;
  return {qkv.sizes[0], qkv.sizes[1], heads, qkv.sizes[2] / 3 / heads, op.scale};
}

void runAttention(const Engine& engine, const Op& op) {
  const DecodedProgram& program = engine.program;
  engine.level->kernels->attention({
      .qkv = operand(program, op, 0).f32(),
      .out = operand(program, op, 1).f32(),
      .logSum = operand(program, op, 2).f32(),
      .shape = attentionShape(program, op),
      .scratch = engine.workspace.scratch(),
  });
}

void runAttentionGradient(const Engine& engine, const Op& op) {
  const DecodedProgram& program = engine.program;
  engine.level->kernels->attentionGradient({
      .gradient = operand(program, op, 0).f32(),
      .qkv = operand(program, op, 1).f32(),
      .output = operand(program, op, 2).f32(),
      .logSum = operand(program, op, 3).f32(),
      .out = operand(program, op, 4).f32(),
      .shape = attentionShape(program, op),
      .scratch = engine.workspace.scratch(),
  });
}

// Floats of scratch that the program needs besides what its level does.
int64_t scratchFloats(const DecodedProgram& program) {
  int64_t most = kMapScratchFloats;
  for (const Op& op : program.ops) {
    if (op.kind != OpKind::attention && op.kind != OpKind::attentionGradient) continue;
    if (operand(program, op, op.kind == OpKind::attention ? 0 : 1).elements == 0) continue;
    most = std::max(most, attentionShape(program, op).scratchFloats());
  }
  return most;
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
    case OpKind::batchMatmul:
      return runBatchMatmul(engine, op);
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
    case OpKind::normalize:
      return runNormalize(engine, op);
    case OpKind::normalizeGradient:
      return runNormalizeGradient(engine, op);
    case OpKind::reduce:
      return runReduce(engine, op);
    case OpKind::softmax:
      return runSoftmax(engine, op);
    case OpKind::softmaxGradient:
      return runSoftmaxGradient(engine, op);
    case OpKind::gather:
      return runGather(engine, op);
    case OpKind::shardScatter:
      return runShardScatter(engine, op);
    case OpKind::attention:
      return runAttention(engine, op);
    case OpKind::attentionGradient:
      return runAttentionGradient(engine, op);
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
  if (!engine->workspace.reserve(*engine->level->kernels, scratchFloats(engine->program))) {
    snprintf(message->text, sizeof message->text, "no memory is left for the scratch of kernels");
    return Outcome::outOfMemory;
  }
  for (const Op& op : engine->program.ops) runOp(*engine, op);
  return Outcome::done;
}

}  // namespace ganglion::cpu
