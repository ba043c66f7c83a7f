#include "products.h"

namespace ganglion::cpu {

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

void runBatchMatmul(const Engine& engine, const Op& op) {
  const DecodedProgram& program = engine.program;
  const Value& a = operand(program, op, 0);
  const Value& b = operand(program, op, 1);
  const Value& out = operand(program, op, 2);
  const bool transposeA = (op.flags & kTransposeA) != 0;
  const int64_t m = out.sizes[out.rank - 2];
  const int64_t n = out.columns();
  const int64_t k = a.sizes[a.rank - (transposeA ? 2 : 1)];
  const int64_t count = out.elements == 0 ? 0 : static_cast<int64_t>(out.elements) / (m * n);
  for (int64_t i = 0; i < count; i++) {
    engine.level->kernels->matmul({
        .a = a.f32() + i * m * k,
        .b = b.f32() + i * k * n,
        .out = out.f32() + i * m * n,
        .bias = nullptr,
        .m = m,
        .n = n,
        .k = k,
        .strideA = a.columns(),
        .strideB = b.columns(),
        .strideOut = n,
        .transposeA = transposeA,
        .transposeB = (op.flags & kTransposeB) != 0,
        .relu = false,
        .packA = engine.workspace.packA(),
        .packB = engine.workspace.packB(),
    });
  }
}

namespace {

void runShardSum(const Engine& engine, const Op& op) {
  const DecodedProgram& program = engine.program;
  const Value& a = operand(program, op, 0);
  const Value& b = operand(program, op, 1);
  engine.level->kernels->shardMatmul({
      .a = a.f32(),
      .b = b.f32(),
      .out = operand(program, op, 2).f32(),
      .edges = program.edges.data() + op.edgesAt,
      .shards = op.shards,
      .m = a.columns(),
      .n = b.columns(),
      .packA = engine.workspace.packA(),
      .packB = engine.workspace.packB(),
  });
}

}  // namespace

void runShardMatmul(const Engine& engine, const Op& op) {
  const DecodedProgram& program = engine.program;
  const Value& a = operand(program, op, 0);
  const Value& b = operand(program, op, 1);
  const Value& out = operand(program, op, 2);
  if (op.flags != 0 && op.shards > 1) return runShardSum(engine, op);
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

}  // namespace ganglion::cpu
