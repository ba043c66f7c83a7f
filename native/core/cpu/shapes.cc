#include "shapes.h"

#include <algorithm>
#include <cstddef>

namespace ganglion::cpu {
namespace {

constexpr const char* kDTypeNames[] = {"f32", "i32", "u8", "bf16", "f16", "bool"};

class ShapeCheck {
 public:
  ShapeCheck(const DecodedProgram& program, const Op& op, const Refusal& refusal)
      : program_(program), op_(op), refusal_(refusal) {}

  bool check();

 private:
  bool matmulShapes();
  bool batchMatmulShapes();
  bool shardShapes();
  bool softmaxShapes();
  bool mapShapes();
  bool normalizeShapes();
  bool gatherShapes();
  bool softmaxRowShapes();
  bool scatterShapes();
  bool viewShapes();
  bool attentionShapes();
  bool equalShapes(int32_t skipped);
  bool castShapes();
  bool uniformShapes();
  bool matrix(int operand, int32_t dtype = kF32);
  // (..., N).
  bool rows(int operand, int32_t dtype = kF32);
  // The sizes of operand `of` without the last.
  bool rowShape(int operand, int32_t dtype, int of);
  bool shape(int operand, int32_t dtype, int32_t rank, const uint32_t* sizes);

  const Value& at(int operand) const {
    return program_.values[static_cast<size_t>(op_.operands[operand])];
  }

  const DecodedProgram& program_;
  const Op& op_;
  const Refusal& refusal_;
};

bool ShapeCheck::check() {
  const uint32_t hyperSize[1] = {op_.kind == OpKind::sgd ? 4u : 8u};
  const int32_t sgdHyper = 3;
  const int32_t adamwHyper = 4;
  switch (op_.kind) {
    case OpKind::matmul:
      return matmulShapes();
    case OpKind::batchMatmul:
      return batchMatmulShapes();
    case OpKind::shardMatmul:
    case OpKind::shardColumnSum:
      return shardShapes();
    case OpKind::softmaxCrossEntropy:
      return softmaxShapes();
    case OpKind::argmax:
      if (!rows(0)) return false;
      if (at(0).columns() == 0) return refusal_.because("a row of no elements has no largest one");
      return rowShape(1, kI32, 0);
    case OpKind::sgd:
      return shape(sgdHyper, kF32, 1, hyperSize) && equalShapes(sgdHyper);
    case OpKind::adamw:
      return shape(adamwHyper, kF32, 1, hyperSize) && equalShapes(adamwHyper);
    case OpKind::map:
      return mapShapes();
    case OpKind::normalize:
    case OpKind::normalizeGradient:
      return normalizeShapes();
    case OpKind::reduce:
    case OpKind::softmax:
    case OpKind::softmaxGradient:
      return softmaxRowShapes();
    case OpKind::gather:
      return gatherShapes();
    case OpKind::shardScatter:
      return scatterShapes();
    case OpKind::attention:
    case OpKind::attentionGradient:
      return attentionShapes();
    case OpKind::view:
    case OpKind::viewGradient:
      return viewShapes();
    case OpKind::cast:
      return castShapes();
    case OpKind::uniform:
      return uniformShapes();
  }
  return refusal_.because("unknown kind");
}

bool ShapeCheck::matmulShapes() {
  constexpr int32_t kKnown = kTransposeA | kTransposeB | kRelu;
  if ((op_.flags & ~kKnown) != 0) return refusal_.because("flags %#x", op_.flags);
  const bool ta = (op_.flags & kTransposeA) != 0;
  const bool tb = (op_.flags & kTransposeB) != 0;
  const int32_t dtype = at(0).dtype == kBf16 ? kBf16 : kF32;
  if (!(ta ? matrix(0, dtype) : rows(0, dtype)) || !matrix(1, dtype)) return false;
  const uint32_t n = at(1).sizes[tb ? 0 : 1];
  const uint32_t k = ta ? at(0).sizes[0] : at(0).sizes[at(0).rank - 1];
  const uint32_t kOfB = at(1).sizes[tb ? 1 : 0];
  if (k != kOfB) return refusal_.because("k is %u in a and %u in b", k, kOfB);
  if (op_.operands[2] != -1 && !shape(2, kF32, 1, &n)) return false;
  uint32_t out[kMaxRank];
  std::copy_n(at(0).sizes, kMaxRank, out);
  if (ta) out[0] = at(0).sizes[1];
  out[at(0).rank - 1] = n;
  return shape(3, kF32, at(0).rank, out);
}

bool ShapeCheck::batchMatmulShapes() {
  if ((op_.flags & ~(kTransposeA | kTransposeB)) != 0) {
    return refusal_.because("flags %#x", op_.flags);
  }
  if (!rows(0) || !rows(1)) return false;
  const int32_t rank = at(0).rank;
  const bool ta = (op_.flags & kTransposeA) != 0;
  const bool tb = (op_.flags & kTransposeB) != 0;
  uint32_t b[kMaxRank], out[kMaxRank];
  std::copy_n(at(0).sizes, kMaxRank, b);
  std::copy_n(at(0).sizes, kMaxRank, out);
  const uint32_t m = at(0).sizes[rank - (ta ? 1 : 2)];
  const uint32_t k = at(0).sizes[rank - (ta ? 2 : 1)];
  const uint32_t n = at(1).sizes[at(1).rank - (tb ? 2 : 1)];
  b[rank - (tb ? 1 : 2)] = k;
  b[rank - (tb ? 2 : 1)] = n;
  out[rank - 2] = m;
  out[rank - 1] = n;
  return shape(1, kF32, rank, b) && shape(2, kF32, rank, out);
}

bool ShapeCheck::shardShapes() {
  const bool product = op_.kind == OpKind::shardMatmul;
  if (product && (!rows(0) || !rows(1))) return false;
  if (at(0).rank == 0 || at(0).dtype != kF32) {
    return refusal_.because("value %d: dtype %d and rank %d, needed are rows of f32",
                            op_.operands[0], at(0).dtype, at(0).rank);
  }
  const int64_t count = product ? at(0).rows() : at(0).sizes[0];
  const uint32_t last = program_.edges[op_.edgesAt + op_.shards];
  if (last != count) {
    return refusal_.because("the last edge is %u, a has %lld rows", last,
                            static_cast<long long>(count));
  }
  if (!product) {
    uint32_t out[kMaxRank];
    std::copy_n(at(0).sizes, kMaxRank, out);
    out[0] = op_.shards;
    return shape(1, kF32, at(0).rank, out);
  }
  if (at(1).rows() != count) {
    return refusal_.because("a has %lld rows and b %lld", static_cast<long long>(count),
                            static_cast<long long>(at(1).rows()));
  }
  const uint32_t out[3] = {op_.shards, static_cast<uint32_t>(at(0).columns()),
                           static_cast<uint32_t>(at(1).columns())};
  if (op_.flags == 0) return shape(2, kF32, 3, out);
  const bool power = (op_.shards & (op_.shards - 1)) == 0 && op_.shards <= 1u << kMaxSumLevels;
  if (op_.flags != 1 || !power) {
    return refusal_.because("sum is %d, of %u shards: a sum is over a power of two up to %d",
                            op_.flags, op_.shards, 1 << kMaxSumLevels);
  }
  return shape(2, kF32, 2, out + 1);
}

bool ShapeCheck::softmaxShapes() {
  if (!rows(0)) return false;
  if (at(0).columns() == 0) return refusal_.because("logits have no columns, a class is needed");
  return rowShape(1, kI32, 0) && rowShape(2, kF32, 0) && shape(3, kF32, at(0).rank, at(0).sizes);
}

bool ShapeCheck::normalizeShapes() {
  if (op_.flags != 0 && op_.flags != 1) return refusal_.because("centered is %d", op_.flags);
  if (!rows(0) || !shape(1, kF32, at(0).rank, at(0).sizes) || !rowShape(2, kF32, 0)) return false;
  return op_.kind == OpKind::normalize || shape(3, kF32, at(0).rank, at(0).sizes);
}

bool ShapeCheck::softmaxRowShapes() {
  const bool reduces = op_.kind == OpKind::reduce;
  if (op_.flags != 0 && op_.flags != 1) {
    return refusal_.because("%s is %d", reduces ? "how" : "log", op_.flags);
  }
  if (!rows(0)) return false;
  if (reduces) return rowShape(1, kF32, 0);
  const int last = op_.kind == OpKind::softmax ? 1 : 2;
  return shape(1, kF32, at(0).rank, at(0).sizes) && shape(last, kF32, at(0).rank, at(0).sizes);
}

bool ShapeCheck::gatherShapes() {
  const Value& indices = at(1);
  if (!matrix(0) || !shape(1, kI32, indices.rank, indices.sizes)) return false;
  if (indices.rank == kMaxRank) return refusal_.because("indices of rank %d", indices.rank);
  uint32_t out[kMaxRank];
  std::copy_n(indices.sizes, kMaxRank, out);
  out[indices.rank] = at(0).sizes[1];
  return shape(2, kF32, indices.rank + 1, out);
}

bool ShapeCheck::scatterShapes() {
  if (!rows(0) || !rowShape(1, kI32, 0)) return false;
  const uint32_t last = program_.edges[op_.edgesAt + op_.shards];
  if (last != at(0).rows()) {
    return refusal_.because("the last edge is %u, the gradient has %lld rows", last,
                            static_cast<long long>(at(0).rows()));
  }
  const uint32_t out[3] = {op_.shards, at(2).sizes[1], static_cast<uint32_t>(at(0).columns())};
  return shape(2, kF32, 3, out);
}

// Operands: qkv, out, logSum, or gradient, qkv, output, logSum, out.
bool ShapeCheck::attentionShapes() {
  const bool forward = op_.kind == OpKind::attention;
  const int qkv = forward ? 0 : 1;
  const uint32_t* sizes = at(qkv).sizes;
  if (!shape(qkv, kF32, 3, sizes)) return false;
  const int64_t heads = op_.flags;
  if (heads < 1 || sizes[2] % (3 * heads) != 0) {
    return refusal_.because("%lld heads of %u numbers", static_cast<long long>(heads), sizes[2]);
  }
  const uint32_t narrow[3] = {sizes[0], sizes[1], sizes[2] / 3};
  const uint32_t sums[3] = {sizes[0], static_cast<uint32_t>(heads), sizes[1]};
  if (forward) return shape(1, kF32, 3, narrow) && shape(2, kF32, 3, sums);
  return shape(0, kF32, 3, narrow) && shape(2, kF32, 3, narrow) && shape(3, kF32, 3, sums) &&
         shape(4, kF32, 3, sizes);
}

// The first axis of both is apart. The view is a list of elements of the rest of the whole.
bool ShapeCheck::viewShapes() {
  const int viewed = op_.kind == OpKind::view ? 1 : 0;
  const Value& whole = at(1 - viewed);
  for (int i = 0; i < 2; i++) {
    if (at(i).rank > 0 && at(i).dtype == kF32 && at(i).sizes[0] == at(0).sizes[0]) continue;
    return refusal_.because("value %d: dtype %d and rank %d, needed is f32 of one first size",
                            op_.operands[i], at(i).dtype, at(i).rank);
  }
  const View& view = program_.views[op_.viewAt];
  constexpr auto kMost = static_cast<int64_t>(kMaxElements);
  int64_t count = 1, first = view.offset, last = view.offset;
  for (int axis = 0; axis < kMaxViewAxes; axis++) {
    const int64_t size = view.sizes[axis], stride = view.strides[axis];
    if (size < 0 || stride < -kMost || stride > kMost || count * size > kMost) {
      return refusal_.because("size %lld and stride %lld of axis %d", static_cast<long long>(size),
                              static_cast<long long>(stride), axis);
    }
    count *= size;
    (stride < 0 ? first : last) += (size - 1) * stride;
  }
  if (count != at(viewed).inner()) {
    return refusal_.because("a view of %lld elements, value %d has %lld",
                            static_cast<long long>(count), op_.operands[viewed],
                            static_cast<long long>(at(viewed).inner()));
  }
  if (count == 0 || (first >= 0 && last < whole.inner())) return true;
  return refusal_.because("elements %lld to %lld of %lld", static_cast<long long>(first),
                          static_cast<long long>(last), static_cast<long long>(whole.inner()));
}

// Outs have one shape; inputs are aligned with it at the last axis, sizes are equal or 1.
bool ShapeCheck::mapShapes() {
  const Value& out = at(op_.inputs);
  for (int32_t i = 0; i < op_.outs; i++) {
    if (!shape(op_.inputs + i, kF32, out.rank, out.sizes)) return false;
  }
  for (int32_t i = 0; i < op_.inputs; i++) {
    const Value& input = at(i);
    const int32_t missing = out.rank - input.rank;
    if (input.dtype != kF32 || missing < 0) {
      return refusal_.because("value %d: dtype %d and rank %d in a map of rank %d",
                              op_.operands[i], input.dtype, input.rank, out.rank);
    }
    for (int32_t axis = 0; axis < input.rank; axis++) {
      const uint32_t size = input.sizes[axis];
      if (size == 1 || size == out.sizes[axis + missing]) continue;
      return refusal_.because("value %d: size %u of axis %d, not 1 or %u", op_.operands[i], size,
                              axis, out.sizes[axis + missing]);
    }
  }
  return true;
}

// All operands but `skipped` are f32 and of the shape of operand 0.
bool ShapeCheck::equalShapes(int32_t skipped) {
  const int32_t count = formOf(static_cast<int32_t>(op_.kind))->operandCount;
  for (int32_t i = 0; i < count; i++) {
    if (skipped == i) continue;
    if (!shape(i, kF32, at(0).rank, at(0).sizes)) return false;
  }
  return true;
}

// One of the two is f32 and the other is not.
bool ShapeCheck::castShapes() {
  const int32_t from = at(0).dtype;
  const int32_t to = at(1).dtype;
  if ((from == kF32) == (to == kF32)) {
    return refusal_.because("a cast of %s to %s, one of the two is f32", kDTypeNames[from],
                            kDTypeNames[to]);
  }
  return shape(1, to, at(0).rank, at(0).sizes);
}

bool ShapeCheck::uniformShapes() {
  const Value& out = at(1);
  if (out.rank == 0) return refusal_.because("out of rank 0, it needs a first axis");
  const uint32_t draws[2] = {out.sizes[0], 2};
  return shape(0, kI32, 2, draws) && shape(1, kF32, out.rank, out.sizes);
}

bool ShapeCheck::matrix(int operand, int32_t dtype) {
  const Value& value = at(operand);
  return shape(operand, dtype, 2, value.sizes);
}

bool ShapeCheck::rows(int operand, int32_t dtype) {
  const Value& value = at(operand);
  if (value.dtype == dtype && value.rank >= 2) return true;
  return refusal_.because("value %d: dtype %d and rank %d, needed are rows of %s",
                          op_.operands[operand], value.dtype, value.rank, kDTypeNames[dtype]);
}

bool ShapeCheck::rowShape(int operand, int32_t dtype, int of) {
  return shape(operand, dtype, at(of).rank - 1, at(of).sizes);
}

bool ShapeCheck::shape(int operand, int32_t dtype, int32_t rank,
                    const uint32_t* sizes) {
  const Value& value = at(operand);
  const int32_t id = op_.operands[operand];
  if (value.dtype != dtype) {
    return refusal_.because("value %d: dtype %d, not %d", id, value.dtype, dtype);
  }
  if (value.rank != rank) {
    return refusal_.because("value %d: rank %d, not %d", id, value.rank, rank);
  }
  for (int32_t axis = 0; axis < rank; axis++) {
    if (value.sizes[axis] != sizes[axis]) {
      return refusal_.because("value %d: size %u of axis %d, not %u", id, value.sizes[axis], axis,
                      sizes[axis]);
    }
  }
  return true;
}

}  // namespace

bool checkShapes(const DecodedProgram& program, const Op& op, const Refusal& refusal) {
  return ShapeCheck(program, op, refusal).check();
}

}  // namespace ganglion::cpu
