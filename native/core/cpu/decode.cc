#include "decode.h"

#include <cstdarg>
#include <cstdio>
#include <cstring>

namespace ganglion::cpu {
namespace {

struct Form {
  OpKind kind;
  const char* name;
  int32_t operandCount;
  int32_t outputCount;  // the last of the operands
  int32_t extraWords;   // flags or scale
  bool hasEdges;
};

constexpr Form kForms[] = {
    {OpKind::matmul, "matmul", 4, 1, 1, false},
    {OpKind::shardMatmul, "shardMatmul", 3, 1, 0, true},
    {OpKind::shardColumnSum, "shardColumnSum", 2, 1, 0, true},
    {OpKind::relu, "relu", 2, 1, 0, false},
    {OpKind::reluGradient, "reluGradient", 3, 1, 0, false},
    {OpKind::softmaxCrossEntropy, "softmaxCrossEntropy", 4, 2, 1, false},
    {OpKind::add, "add", 3, 1, 0, false},
    {OpKind::addBias, "addBias", 3, 1, 0, false},
    {OpKind::argmax, "argmax", 2, 1, 0, false},
    {OpKind::sgd, "sgd", 6, 2, 0, false},
    {OpKind::adamw, "adamw", 8, 3, 0, false},
};

constexpr uint64_t kElementBytes[] = {4, 4, 1};

// Reads one program. Each step returns false after it has written the message.
class Decoder {
 public:
  Decoder(const int32_t* words, uint64_t length, const ArenaTable& arenas,
          DecodedProgram* program, Message* message)
      : words_(words), length_(length), arenas_(arenas), program_(program), message_(message) {}

  bool decode() {
    if (!header()) return false;
    for (int32_t id = 0; id < valueCount_; id++) {
      if (!value(id)) return false;
    }
    for (int32_t id = 0; id < valueCount_; id++) {
      if (!part(id)) return false;
    }
    for (index_ = 0; index_ < opCount_; index_++) {
      if (!op()) return false;
    }
    if (at_ != length_) return refuse("%llu words follow the last operation", left());
    return true;
  }

 private:
  bool header();
  bool value(int32_t id);
  bool part(int32_t id);
  bool op();
  bool operands(const Form& form, Op* op);
  bool edges(const Form& form, Op* op);
  bool disjoint(const Form& form, const Op& op);
  bool shapes(const Form& form, Op* op);
  bool matmulShapes(const Op& op);
  bool shardShapes(const Op& op);
  bool softmaxShapes(const Op& op);
  bool equalShapes(const Op& op, const int32_t* skipped);
  bool matrix(const Op& op, int operand);
  bool shape(const Op& op, int operand, int32_t dtype, int32_t rank, const uint32_t* sizes);
  bool refuse(const char* format, ...) __attribute__((format(printf, 2, 3)));
  bool refuseOp(const char* format, ...) __attribute__((format(printf, 2, 3)));

  unsigned long long left() const { return length_ - at_; }
  const Value& at(const Op& op, int operand) const {
    return program_->values[static_cast<size_t>(op.operands[operand])];
  }

  const int32_t* words_;
  uint64_t length_;
  const ArenaTable& arenas_;
  DecodedProgram* program_;
  Message* message_;
  int32_t valueCount_ = 0;
  int32_t opCount_ = 0;
  int32_t index_ = 0;
  uint64_t at_ = 0;
  const char* name_ = "";
};

bool Decoder::refuse(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message_->text, sizeof message_->text, format, arguments);
  va_end(arguments);
  return false;
}

bool Decoder::refuseOp(const char* format, ...) {
  char reason[160];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(reason, sizeof reason, format, arguments);
  va_end(arguments);
  return refuse("operation %d (%s): %s", index_, name_, reason);
}

bool Decoder::header() {
  if (length_ < kHeaderWords || length_ > kMaxWords) {
    return refuse("a program of %llu words, limits are %d and %d",
                  static_cast<unsigned long long>(length_), kHeaderWords, kMaxWords);
  }
  if (words_[0] != kMagic) return refuse("the words are no program: magic is %#x", words_[0]);
  if (words_[1] != kVersion) return refuse("format %d, known is %d", words_[1], kVersion);
  valueCount_ = words_[2];
  opCount_ = words_[3];
  if (valueCount_ < 0 || valueCount_ > kMaxValues) {
    return refuse("%d values, the limit is %d", valueCount_, kMaxValues);
  }
  if (opCount_ < 0 || opCount_ > kMaxOps) {
    return refuse("%d operations, the limit is %d", opCount_, kMaxOps);
  }
  if (words_[4] < 0 || static_cast<uint64_t>(words_[4]) != length_) {
    return refuse("the header says %d words, given are %llu", words_[4], left());
  }
  at_ = kHeaderWords + static_cast<uint64_t>(valueCount_) * kValueWords;
  if (at_ > length_) return refuse("%d values do not fit the words", valueCount_);
  program_->values.assign(static_cast<size_t>(valueCount_), Value{});
  program_->ops.assign(static_cast<size_t>(opCount_), Op{});
  program_->edges.clear();
  return true;
}

bool Decoder::value(int32_t id) {
  const int32_t* record = words_ + kHeaderWords + static_cast<int64_t>(id) * kValueWords;
  Value& value = program_->values[static_cast<size_t>(id)];
  const int32_t arena = record[0];
  const uint64_t offset = static_cast<uint32_t>(record[1]);
  value.memory = id;
  value.dtype = record[2];
  value.rank = record[4];
  if (value.dtype < kF32 || value.dtype > kU8) return refuse("value %d: dtype %d", id, value.dtype);
  if (value.rank < 0 || value.rank > kMaxRank) {
    return refuse("value %d: rank %d, the limit is %d", id, value.rank, kMaxRank);
  }
  value.elements = 1;
  for (int32_t axis = 0; axis < kMaxRank; axis++) {
    const int32_t size = record[8 + axis];
    if (size < 0 || (axis >= value.rank && size != 1)) {
      return refuse("value %d: size %d of axis %d", id, size, axis);
    }
    value.sizes[axis] = static_cast<uint32_t>(size);
    // Both factors are below 2^32, so the product is exact.
    value.elements *= value.sizes[axis];
    if (value.elements > kMaxElements) {
      return refuse("value %d: more than %llu elements", id,
                    static_cast<unsigned long long>(kMaxElements));
    }
  }
  const uint64_t width = kElementBytes[value.dtype];
  value.bytes = value.elements * width;
  if (offset % width != 0) {
    return refuse("value %d: byte offset %llu is not a multiple of %llu", id,
                  static_cast<unsigned long long>(offset), static_cast<unsigned long long>(width));
  }
  if (arena == kPart || arena == kUnbound) return true;
  if (arena < 0 || arena >= kMaxArenas || arenas_.arenas[arena].bytes == nullptr) {
    return refuse("value %d: arena %d is not registered", id, arena);
  }
  const Arena& memory = arenas_.arenas[arena];
  if (offset > memory.size || value.bytes > memory.size - offset) {
    return refuse("value %d: bytes %llu to %llu of arena %d, which has %llu", id,
                  static_cast<unsigned long long>(offset),
                  static_cast<unsigned long long>(offset + value.bytes), arena,
                  static_cast<unsigned long long>(memory.size));
  }
  value.data = memory.bytes + offset;
  value.bound = true;
  return true;
}

bool Decoder::part(int32_t id) {
  const int32_t* record = words_ + kHeaderWords + static_cast<int64_t>(id) * kValueWords;
  if (record[0] != kPart) return true;
  Value& value = program_->values[static_cast<size_t>(id)];
  const int32_t of = record[3];
  if (of < 0 || of >= valueCount_) return refuse("value %d: part of unknown value %d", id, of);
  const Value& whole = program_->values[static_cast<size_t>(of)];
  const int32_t* wholeRecord = words_ + kHeaderWords + static_cast<int64_t>(of) * kValueWords;
  if (wholeRecord[0] == kPart) return refuse("value %d: part of value %d, a part", id, of);
  if (!whole.bound) return true;
  const uint64_t offset = static_cast<uint32_t>(record[1]);
  if (whole.dtype != value.dtype || offset > whole.bytes || value.bytes > whole.bytes - offset) {
    return refuse("value %d: does not lie in value %d", id, of);
  }
  value.memory = of;
  value.data = whole.data + offset;
  value.bound = true;
  return true;
}

bool Decoder::op() {
  name_ = "?";
  if (left() < 2) return refuseOp("%llu words are left, an operation has 2 or more", left());
  const int32_t kind = words_[at_];
  const int32_t count = words_[at_ + 1];
  const Form* form = nullptr;
  for (const Form& known : kForms) {
    if (static_cast<int32_t>(known.kind) == kind) form = &known;
  }
  if (form == nullptr) return refuseOp("unknown kind %d", kind);
  name_ = form->name;
  const int32_t fixed = 2 + form->operandCount + form->extraWords + (form->hasEdges ? 1 : 0);
  if (count < fixed || static_cast<uint64_t>(count) > left()) {
    return refuseOp("%d words, needed are %d and left are %llu", count, fixed, left());
  }
  if (!form->hasEdges && count != fixed) return refuseOp("%d words, it has %d", count, fixed);
  Op& op = program_->ops[static_cast<size_t>(index_)];
  op.kind = form->kind;
  if (!operands(*form, &op)) return false;
  const int32_t extra = form->extraWords == 1 ? words_[at_ + 2 + form->operandCount] : 0;
  if (form->kind == OpKind::softmaxCrossEntropy) {
    memcpy(&op.scale, &extra, sizeof op.scale);
  } else {
    op.flags = extra;
  }
  if (form->hasEdges && !edges(*form, &op)) return false;
  if (!shapes(*form, &op) || !disjoint(*form, op)) return false;
  at_ += static_cast<uint64_t>(count);
  return true;
}

bool Decoder::operands(const Form& form, Op* op) {
  const int32_t* fields = words_ + at_ + 2;
  for (int32_t i = 0; i < form.operandCount; i++) {
    // matmul is written a, b, out, bias; held as a, b, bias, out so that outputs come last.
    int32_t field = i;
    if (form.kind == OpKind::matmul && i >= 2) field = 5 - i;
    const int32_t id = fields[field];
    op->operands[i] = id;
    if (form.kind == OpKind::matmul && i == 2 && id == -1) continue;
    if (id < 0 || id >= valueCount_) return refuseOp("no value %d, there are %d", id, valueCount_);
    const Value& value = program_->values[static_cast<size_t>(id)];
    if (!value.bound) return refuseOp("value %d is not bound", id);
    const int32_t* record = words_ + kHeaderWords + static_cast<int64_t>(id) * kValueWords;
    const bool written = i >= form.operandCount - form.outputCount;
    if (written && record[0] == kPart) return refuseOp("writes value %d, a part", id);
  }
  return true;
}

bool Decoder::edges(const Form& form, Op* op) {
  const uint64_t countAt = at_ + 2 + static_cast<uint64_t>(form.operandCount);
  const int32_t count = words_[countAt];
  const int32_t words = words_[at_ + 1];
  if (count < 2 || count > kMaxEdges || words != 3 + form.operandCount + count) {
    return refuseOp("%d edges in %d words, limits are 2 and %d", count, words, kMaxEdges);
  }
  op->shards = static_cast<uint32_t>(count - 1);
  op->edgesAt = static_cast<uint32_t>(program_->edges.size());
  int32_t previous = 0;
  for (int32_t i = 0; i < count; i++) {
    const int32_t edge = words_[countAt + 1 + static_cast<uint64_t>(i)];
    if (edge < previous || (i == 0 && edge != 0)) {
      return refuseOp("edge %d is %d, edges ascend from 0", i, edge);
    }
    program_->edges.push_back(static_cast<uint32_t>(edge));
    previous = edge;
  }
  return true;
}

// PROGRAM-3.
bool Decoder::disjoint(const Form& form, const Op& op) {
  const int32_t firstOutput = form.operandCount - form.outputCount;
  for (int32_t out = firstOutput; out < form.operandCount; out++) {
    const Value& written = at(op, out);
    for (int32_t other = 0; other < form.operandCount; other++) {
      if (other == out || op.operands[other] == -1) continue;
      const Value& value = at(op, other);
      if (written.bytes == 0 || value.bytes == 0) continue;
      if (written.data < value.data + value.bytes && value.data < written.data + written.bytes) {
        return refuseOp("output %d shares memory with value %d", op.operands[out],
                        op.operands[other]);
      }
    }
  }
  return true;
}

bool Decoder::shapes(const Form& form, Op* op) {
  const uint32_t hyperSize[1] = {form.kind == OpKind::sgd ? 4u : 8u};
  const int32_t sgdHyper = 3;
  const int32_t adamwHyper = 4;
  switch (form.kind) {
    case OpKind::matmul:
      return matmulShapes(*op);
    case OpKind::shardMatmul:
    case OpKind::shardColumnSum:
      return shardShapes(*op);
    case OpKind::softmaxCrossEntropy:
      return softmaxShapes(*op);
    case OpKind::relu:
    case OpKind::reluGradient:
    case OpKind::add:
      return equalShapes(*op, nullptr);
    case OpKind::addBias:
      return matrix(*op, 0) && shape(*op, 1, kF32, 1, at(*op, 0).sizes + 1) &&
             shape(*op, 2, kF32, 2, at(*op, 0).sizes);
    case OpKind::argmax:
      if (!matrix(*op, 0)) return false;
      if (at(*op, 0).sizes[1] == 0) return refuseOp("a row of no elements has no largest one");
      return shape(*op, 1, kI32, 1, at(*op, 0).sizes);
    case OpKind::sgd:
      return shape(*op, sgdHyper, kF32, 1, hyperSize) && equalShapes(*op, &sgdHyper);
    case OpKind::adamw:
      return shape(*op, adamwHyper, kF32, 1, hyperSize) && equalShapes(*op, &adamwHyper);
  }
  return refuseOp("unknown kind");
}

bool Decoder::matmulShapes(const Op& op) {
  constexpr int32_t kKnown = kTransposeA | kTransposeB | kRelu;
  if ((op.flags & ~kKnown) != 0) return refuseOp("flags %#x", op.flags);
  if (!matrix(op, 0) || !matrix(op, 1)) return false;
  const bool ta = (op.flags & kTransposeA) != 0;
  const bool tb = (op.flags & kTransposeB) != 0;
  const uint32_t out[2] = {at(op, 0).sizes[ta ? 1 : 0], at(op, 1).sizes[tb ? 0 : 1]};
  const uint32_t k = at(op, 0).sizes[ta ? 0 : 1];
  const uint32_t kOfB = at(op, 1).sizes[tb ? 1 : 0];
  if (k != kOfB) return refuseOp("k is %u in a and %u in b", k, kOfB);
  if (op.operands[2] != -1 && !shape(op, 2, kF32, 1, out + 1)) return false;
  return shape(op, 3, kF32, 2, out);
}

bool Decoder::shardShapes(const Op& op) {
  const bool product = op.kind == OpKind::shardMatmul;
  if (!matrix(op, 0) || (product && !matrix(op, 1))) return false;
  const uint32_t rows = at(op, 0).sizes[0];
  const uint32_t last = program_->edges[op.edgesAt + op.shards];
  if (last != rows) return refuseOp("the last edge is %u, a has %u rows", last, rows);
  const uint32_t columns = at(op, 0).sizes[1];
  if (!product) {
    const uint32_t out[2] = {op.shards, columns};
    return shape(op, 1, kF32, 2, out);
  }
  if (at(op, 1).sizes[0] != rows) {
    return refuseOp("a has %u rows and b %u", rows, at(op, 1).sizes[0]);
  }
  const uint32_t out[3] = {op.shards, columns, at(op, 1).sizes[1]};
  return shape(op, 2, kF32, 3, out);
}

bool Decoder::softmaxShapes(const Op& op) {
  if (!matrix(op, 0)) return false;
  const uint32_t* sizes = at(op, 0).sizes;
  if (sizes[1] == 0) return refuseOp("logits have no columns, a class is needed");
  return shape(op, 1, kI32, 1, sizes) && shape(op, 2, kF32, 1, sizes) &&
         shape(op, 3, kF32, 2, sizes);
}

// All operands but `skipped` are f32 and of the shape of operand 0.
bool Decoder::equalShapes(const Op& op, const int32_t* skipped) {
  for (const Form& form : kForms) {
    if (form.kind != op.kind) continue;
    for (int32_t i = 0; i < form.operandCount; i++) {
      if (skipped != nullptr && *skipped == i) continue;
      if (!shape(op, i, kF32, at(op, 0).rank, at(op, 0).sizes)) return false;
    }
  }
  return true;
}

bool Decoder::matrix(const Op& op, int operand) {
  const Value& value = at(op, operand);
  return shape(op, operand, kF32, 2, value.sizes);
}

bool Decoder::shape(const Op& op, int operand, int32_t dtype, int32_t rank,
                    const uint32_t* sizes) {
  const Value& value = at(op, operand);
  const int32_t id = op.operands[operand];
  if (value.dtype != dtype) return refuseOp("value %d: dtype %d, not %d", id, value.dtype, dtype);
  if (value.rank != rank) return refuseOp("value %d: rank %d, not %d", id, value.rank, rank);
  for (int32_t axis = 0; axis < rank; axis++) {
    if (value.sizes[axis] != sizes[axis]) {
      return refuseOp("value %d: size %u of axis %d, not %u", id, value.sizes[axis], axis,
                      sizes[axis]);
    }
  }
  return true;
}

}  // namespace

bool decode(const int32_t* words, uint64_t length, const ArenaTable& arenas,
            DecodedProgram* program, Message* message) {
  // PROGRAM-1: a private copy, because the words may lie in memory that other threads write.
  const uint64_t held = length <= kMaxWords ? length : 0;
  program->words.assign(words, words + held);
  return Decoder(program->words.data(), length, arenas, program, message).decode();
}

const char* nameOf(OpKind kind) {
  for (const Form& form : kForms) {
    if (form.kind == kind) return form.name;
  }
  return "unknown";
}

}  // namespace ganglion::cpu
