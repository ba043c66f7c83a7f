#include "execute.h"

#include <algorithm>
#include <cstdio>
#include <new>

#include "form.h"
#include "operations.h"

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

// Floats of scratch that the program needs besides what its level does.
int64_t scratchFloats(const DecodedProgram& program) {
  int64_t most = kMapScratchFloats;
  for (const Op& op : program.ops) {
    if (op.kind != OpKind::attention && op.kind != OpKind::attentionGradient) continue;
    most = std::max(most, attentionScratch(program, op));
  }
  return most;
}

// False if it was interrupted.
bool runOps(Engine& engine) {
  const int lanes = engine.lanes.count();
  for (const Op& op : engine.program.ops) {
    const Operation& operation = operationOf(op.kind);
    const uint32_t pieces = pieceCount(operation.load(engine, op), lanes);
    engine.lanes.share(pieces, [&](uint32_t piece, int lane) {
      operation.run(engine, op, {piece, pieces, lane});
    });
    if (engine.lanes.stopped(0)) return false;
  }
  return true;
}

}  // namespace

const Operation& operationOf(OpKind kind) {
  switch (kind) {
    case OpKind::matmul:
      return kMatmulOperation;
    case OpKind::batchMatmul:
      return kBatchMatmulOperation;
    case OpKind::shardMatmul:
      return kShardMatmulOperation;
    case OpKind::shardColumnSum:
      return kShardColumnSumOperation;
    case OpKind::map:
      return kMapOperation;
    case OpKind::softmaxCrossEntropy:
      return kSoftmaxCrossEntropyOperation;
    case OpKind::argmax:
      return kArgmaxOperation;
    case OpKind::normalize:
      return kNormalizeOperation;
    case OpKind::normalizeGradient:
      return kNormalizeGradientOperation;
    case OpKind::reduce:
      return kReduceOperation;
    case OpKind::softmax:
      return kSoftmaxOperation;
    case OpKind::softmaxGradient:
      return kSoftmaxGradientOperation;
    case OpKind::gather:
      return kGatherOperation;
    case OpKind::shardScatter:
      return kShardScatterOperation;
    case OpKind::view:
      return kViewOperation;
    case OpKind::viewGradient:
      return kViewGradientOperation;
    case OpKind::cast:
      return kCastOperation;
    case OpKind::uniform:
      return kUniformOperation;
    case OpKind::attention:
      return kAttentionOperation;
    case OpKind::attentionGradient:
      return kAttentionGradientOperation;
    case OpKind::sgd:
      return kSgdOperation;
    case OpKind::adamw:
      return kAdamwOperation;
  }
  __builtin_unreachable();
}

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
  if (!engine->workspace.reserve(*engine->level->kernels, scratchFloats(engine->program),
                                 engine->lanes.count())) {
    snprintf(message->text, sizeof message->text, "no memory is left for the scratch of kernels");
    return Outcome::outOfMemory;
  }
  engine->lanes.begin();
  const bool done = runOps(*engine);
  engine->lanes.end();
  return done ? Outcome::done : Outcome::interrupted;
}

}  // namespace ganglion::cpu
