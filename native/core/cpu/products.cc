// Matrix products: a part is a block of the output. What a lane packs, it packs for itself.
#include <algorithm>

#include "operations.h"

namespace ganglion::cpu {
namespace {

// What blocks are multiples of, so that all tiles but the last are whole on every level.
constexpr int64_t kBlockRows = 48;
constexpr int64_t kBlockColumns = 48;

int64_t unitsOf(int64_t size, int64_t unit) { return (size + unit - 1) / unit; }

double productWork(int64_t m, int64_t n, int64_t k) {
  return 0.025 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
}

Load productLoad(int64_t products, int64_t m, int64_t n, double work) {
  return {work, products * unitsOf(m, kBlockRows) * unitsOf(n, kBlockColumns), products == 1};
}

// A block of an (m,n) output.
struct Block {
  Range rows, columns;
};

// Cuts an (m,n) output into at most `piece.count` blocks, those whose factors are packed soonest;
// nothing is left for a piece beyond them.
Block blockOf(int64_t m, int64_t n, const Piece& piece) {
  const int64_t rowUnits = std::max<int64_t>(unitsOf(m, kBlockRows), 1);
  const int64_t columnUnits = std::max<int64_t>(unitsOf(n, kBlockColumns), 1);
  int64_t down = 1, across = 1, least = INT64_MAX;
  for (int64_t columns = 1; columns <= std::min(piece.count, columnUnits); columns++) {
    const int64_t rows = std::min(piece.count / columns, rowUnits);
    // Rows of a are turned when they are packed.
    const int64_t packed = 2 * unitsOf(m, rows) + unitsOf(n, columns);
    if (packed >= least) continue;
    least = packed;
    down = rows;
    across = columns;
  }
  if (piece.index >= down * across) return {{0, 0}, {0, 0}};
  const Range rows = Piece{piece.index / across, down, 0}.of(rowUnits);
  const Range columns = Piece{piece.index % across, across, 0}.of(columnUnits);
  return {{rows.from * kBlockRows, std::min(m, rows.to * kBlockRows)},
          {columns.from * kBlockColumns, std::min(n, columns.to * kBlockColumns)}};
}

void runProduct(const KernelTable& kernels, const MatmulTask& task) { kernels.matmul(task); }

void runProduct(const KernelTable& kernels, const Bf16MatmulTask& task) {
  kernels.bf16Matmul(task);
}

// The block that a piece is of a whole product.
template <typename Element>
void runBlock(Engine& engine, ProductTask<Element> task, const Piece& piece) {
  const Block block = blockOf(task.m, task.n, piece);
  task.a += block.rows.from * (task.transposeA ? 1 : task.strideA);
  task.b += block.columns.from * (task.transposeB ? task.strideB : 1);
  if (task.bias != nullptr) task.bias += block.columns.from;
  task.out += block.rows.from * task.strideOut + block.columns.from;
  task.m = block.rows.size();
  task.n = block.columns.size();
  task.packA = engine.workspace.packA(piece.lane);
  task.packB = engine.workspace.packB(piece.lane);
  task.poll = pollOf(engine, piece.lane);
  runProduct(*engine.level->kernels, task);
}

// Calls each(product, piece of it) for products that are numbered from 0: whole ones where there
// are pieces for no more, else as many pieces of each as there are.
template <typename Each>
void eachProduct(int64_t products, const Piece& piece, Each each) {
  const int64_t cut = piece.count / std::max<int64_t>(products, 1);
  if (cut > 1) {
    if (piece.index < cut * products) {
      each(piece.index / cut, Piece{piece.index % cut, cut, piece.lane});
    }
    return;
  }
  const Range part = piece.of(products);
  for (int64_t i = part.from; i < part.to; i++) each(i, Piece{0, 1, piece.lane});
}

template <typename Element>
ProductTask<Element> matmulTask(const Engine& engine, const Op& op) {
  const DecodedProgram& program = engine.program;
  const Value& a = operand(program, op, 0);
  const Value& b = operand(program, op, 1);
  const Value& out = operand(program, op, 3);
  const bool transposeA = (op.flags & kTransposeA) != 0;
  return {
      .a = reinterpret_cast<const Element*>(a.data),
      .b = reinterpret_cast<const Element*>(b.data),
      .out = out.f32(),
      .bias = op.operands[2] == -1 ? nullptr : operand(program, op, 2).f32(),
      .m = out.rows(),
      .n = out.columns(),
      .k = transposeA ? a.rows() : a.columns(),
      .strideA = a.columns(),
      .strideB = b.columns(),
      .strideOut = out.columns(),
      .transposeA = transposeA,
      .transposeB = (op.flags & kTransposeB) != 0,
      .relu = (op.flags & kRelu) != 0,
      .packA = nullptr,
      .packB = nullptr,
      .poll = {},
  };
}

Load loadMatmul(const Engine& engine, const Op& op) {
  const MatmulTask task = matmulTask<float>(engine, op);
  return productLoad(1, task.m, task.n, productWork(task.m, task.n, task.k));
}

void runMatmul(Engine& engine, const Op& op, const Piece& piece) {
  if (operand(engine.program, op, 0).dtype == kBf16) {
    return runBlock(engine, matmulTask<uint16_t>(engine, op), piece);
  }
  runBlock(engine, matmulTask<float>(engine, op), piece);
}

// One of the products of a batch, of a(m,k) and b(k,n).
struct Batch {
  Batch(const Engine& engine, const Op& op) : program(engine.program), op(op) {
    const Value& out = operand(program, op, 2);
    const Value& a = operand(program, op, 0);
    m = out.sizes[out.rank - 2];
    n = out.columns();
    k = a.sizes[a.rank - ((op.flags & kTransposeA) != 0 ? 2 : 1)];
    count = out.elements == 0 ? 0 : static_cast<int64_t>(out.elements) / (m * n);
  }

  MatmulTask task(int64_t i) const {
    const Value& a = operand(program, op, 0);
    const Value& b = operand(program, op, 1);
    return {
        .a = a.f32() + i * m * k,
        .b = b.f32() + i * k * n,
        .out = operand(program, op, 2).f32() + i * m * n,
        .bias = nullptr,
        .m = m,
        .n = n,
        .k = k,
        .strideA = a.columns(),
        .strideB = b.columns(),
        .strideOut = n,
        .transposeA = (op.flags & kTransposeA) != 0,
        .transposeB = (op.flags & kTransposeB) != 0,
        .relu = false,
        .packA = nullptr,
        .packB = nullptr,
        .poll = {},
    };
  }

  const DecodedProgram& program;
  const Op& op;
  int64_t m, n, k, count;
};

Load loadBatchMatmul(const Engine& engine, const Op& op) {
  const Batch batch(engine, op);
  const double work = static_cast<double>(batch.count) * productWork(batch.m, batch.n, batch.k);
  return productLoad(batch.count, batch.m, batch.n, work);
}

void runBatchMatmul(Engine& engine, const Op& op, const Piece& piece) {
  const Batch batch(engine, op);
  eachProduct(batch.count, piece, [&](int64_t i, const Piece& part) {
    runBlock(engine, batch.task(i), part);
  });
}

Load loadShardMatmul(const Engine& engine, const Op& op) {
  const Value& a = operand(engine.program, op, 0);
  const int64_t m = a.columns();
  const int64_t n = operand(engine.program, op, 1).columns();
  return productLoad(op.flags != 0 ? 1 : op.shards, m, n, productWork(m, n, a.rows()));
}

void runShardSum(Engine& engine, const Op& op, const Piece& piece) {
  const DecodedProgram& program = engine.program;
  const int64_t m = operand(program, op, 0).columns();
  const int64_t n = operand(program, op, 1).columns();
  const Block block = blockOf(m, n, piece);
  engine.level->kernels->shardMatmul({
      .a = operand(program, op, 0).f32() + block.rows.from,
      .b = operand(program, op, 1).f32() + block.columns.from,
      .out = operand(program, op, 2).f32() + block.rows.from * n + block.columns.from,
      .edges = program.edges.data() + op.edgesAt,
      .shards = op.shards,
      .m = block.rows.size(),
      .n = block.columns.size(),
      .strideA = m,
      .strideB = n,
      .strideOut = n,
      .packA = engine.workspace.packA(piece.lane),
      .packB = engine.workspace.packB(piece.lane),
      .poll = pollOf(engine, piece.lane),
  });
}

void runShardMatmul(Engine& engine, const Op& op, const Piece& piece) {
  if (op.flags != 0 && op.shards > 1) return runShardSum(engine, op, piece);
  const DecodedProgram& program = engine.program;
  const Value& a = operand(program, op, 0);
  const Value& b = operand(program, op, 1);
  const int64_t m = a.columns();
  const int64_t n = b.columns();
  eachProduct(op.shards, piece, [&](int64_t shard, const Piece& part) {
    const int64_t from = program.edges[op.edgesAt + static_cast<size_t>(shard)];
    const int64_t to = program.edges[op.edgesAt + static_cast<size_t>(shard) + 1];
    runBlock<float>(engine, {
        .a = a.f32() + from * m,
        .b = b.f32() + from * n,
        .out = operand(program, op, 2).f32() + shard * m * n,
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
        .packA = nullptr,
        .packB = nullptr,
        .poll = {},
    }, part);
  });
}

}  // namespace

const Operation kMatmulOperation{loadMatmul, runMatmul};
const Operation kBatchMatmulOperation{loadBatchMatmul, runBatchMatmul};
const Operation kShardMatmulOperation{loadShardMatmul, runShardMatmul};

}  // namespace ganglion::cpu
