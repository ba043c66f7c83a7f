// How each operation runs on decoded values: what it asks for, and a piece of it.
#pragma once

#include "execute.h"
#include "pieces.h"

namespace ganglion::cpu {

struct Operation {
  Load (*load)(const Engine& engine, const Op& op);
  void (*run)(Engine& engine, const Op& op, const Piece& piece);
};

// products.cc
extern const Operation kMatmulOperation;
extern const Operation kBatchMatmulOperation;
extern const Operation kShardMatmulOperation;
// rows.cc
extern const Operation kSoftmaxCrossEntropyOperation;
extern const Operation kArgmaxOperation;
extern const Operation kReduceOperation;
extern const Operation kSoftmaxOperation;
extern const Operation kSoftmaxGradientOperation;
extern const Operation kNormalizeOperation;
extern const Operation kNormalizeGradientOperation;
extern const Operation kGatherOperation;
// shards.cc
extern const Operation kShardColumnSumOperation;
extern const Operation kShardScatterOperation;
// views.cc
extern const Operation kViewOperation;
extern const Operation kViewGradientOperation;
// casts.cc
extern const Operation kCastOperation;
// random.cc
extern const Operation kUniformOperation;
// heads.cc
extern const Operation kAttentionOperation;
extern const Operation kAttentionGradientOperation;
// elements.cc
extern const Operation kMapOperation;
extern const Operation kSgdOperation;
extern const Operation kAdamwOperation;

const Operation& operationOf(OpKind kind);

// What kernels on `lane` ask.
inline Poll pollOf(Engine& engine, int lane) {
  const auto stopped = [](void* lanes, int of) {
    return static_cast<thread::Lanes*>(lanes)->stopped(of);
  };
  return {stopped, &engine.lanes, lane};
}

// Floats of scratch that an attention or its gradient takes.
int64_t attentionScratch(const DecodedProgram& program, const Op& op);

}  // namespace ganglion::cpu
