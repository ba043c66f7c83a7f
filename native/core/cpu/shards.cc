// Sums over the rows of a shard: a part is some columns of some shards.
#include <algorithm>

#include "operations.h"

namespace ganglion::cpu {
namespace {

// Whole lines of the cache.
constexpr int64_t kColumns = 64;

int64_t groupsOf(int64_t columns) { return (columns + kColumns - 1) / kColumns; }

Range rowsOf(const DecodedProgram& program, const Op& op, int64_t shard) {
  const uint32_t* edges = program.edges.data() + op.edgesAt + shard;
  return {edges[0], edges[1]};
}

// Calls each(shard, columns) for the neighbouring columns of a piece.
template <typename Each>
void eachShard(const Op& op, int64_t columns, const Piece& piece, Each each) {
  const int64_t groups = groupsOf(columns);
  Range part = piece.of(op.shards * groups);
  while (part.from < part.to) {
    const int64_t first = part.from % groups;
    const int64_t count = std::min(groups - first, part.size());
    each(part.from / groups,
         Range{first * kColumns, std::min(columns, (first + count) * kColumns)});
    part.from += count;
  }
}

Load loadColumnSum(const Engine& engine, const Op& op) {
  const Value& a = operand(engine.program, op, 0);
  return {0.5 * static_cast<double>(a.elements), op.shards * groupsOf(a.inner()), false};
}

void runColumnSum(Engine& engine, const Op& op, const Piece& piece) {
  const DecodedProgram& program = engine.program;
  const Value& a = operand(program, op, 0);
  const int64_t columns = a.inner();
  eachShard(op, columns, piece, [&](int64_t shard, Range part) {
    const Range rows = rowsOf(program, op, shard);
    engine.level->kernels->columnSum(a.f32() + rows.from * columns + part.from, columns,
                                     rows.size(), part.size(),
                                     operand(program, op, 1).f32() + shard * columns + part.from);
  });
}

Load loadScatter(const Engine& engine, const Op& op) {
  const Value& gradient = operand(engine.program, op, 0);
  const Value& out = operand(engine.program, op, 2);
  const auto added = static_cast<double>(gradient.elements);
  const auto cleared = static_cast<double>(out.elements);
  return {added + 0.2 * cleared, op.shards * groupsOf(gradient.columns()), false};
}

void runScatter(Engine& engine, const Op& op, const Piece& piece) {
  const DecodedProgram& program = engine.program;
  const Value& gradient = operand(program, op, 0);
  const Value& out = operand(program, op, 2);
  const int64_t columns = gradient.columns();
  const int64_t count = out.sizes[1];
  eachShard(op, columns, piece, [&](int64_t shard, Range part) {
    const Range rows = rowsOf(program, op, shard);
    engine.level->kernels->scatter({
        .gradient = gradient.f32() + rows.from * columns + part.from,
        .indices = operand(program, op, 1).i32() + rows.from,
        .out = out.f32() + shard * count * columns + part.from,
        .rows = rows.size(),
        .columns = part.size(),
        .stride = columns,
        .count = count,
    });
  });
}

}  // namespace

const Operation kShardColumnSumOperation{loadColumnSum, runColumnSum};
const Operation kShardScatterOperation{loadScatter, runScatter};

}  // namespace ganglion::cpu
