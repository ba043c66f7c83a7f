#include "decode.h"

#include <array>
#include <cstring>

#include "form.h"
#include "shapes.h"

namespace ganglion::cpu {
namespace {

constexpr uint64_t kElementBytes[] = {4, 4, 1, 2, 2, 1};
constexpr size_t kMaxPlaces = kMaxMapValues + kMaxRegisters;

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
    if (at_ != length_) return refuse(message_, "%llu words follow the last operation", left());
    return true;
  }

 private:
  bool header();
  bool value(int32_t id);
  bool part(int32_t id);
  bool op();
  bool operands(const Form& form, uint64_t fieldsAt, Op* op);
  bool map(Op* op);
  bool mapStep(const int32_t* words, const Op& op, std::array<bool, kMaxPlaces>* written);
  bool edges(const Form& form, Op* op);
  void view(const int32_t* words, Op* op);
  bool disjoint(const Form& form, const Op& op);
  Refusal refusal() const { return {message_, index_, name_}; }

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

bool Decoder::header() {
  if (length_ < kHeaderWords || length_ > kMaxWords) {
    return refuse(message_, "a program of %llu words, limits are %d and %d",
                  static_cast<unsigned long long>(length_), kHeaderWords, kMaxWords);
  }
  if (words_[0] != kMagic) {
    return refuse(message_, "the words are no program: magic is %#x", words_[0]);
  }
  if (words_[1] != kVersion) return refuse(message_, "format %d, known is %d", words_[1], kVersion);
  valueCount_ = words_[2];
  opCount_ = words_[3];
  if (valueCount_ < 0 || valueCount_ > kMaxValues) {
    return refuse(message_, "%d values, the limit is %d", valueCount_, kMaxValues);
  }
  if (opCount_ < 0 || opCount_ > kMaxOps) {
    return refuse(message_, "%d operations, the limit is %d", opCount_, kMaxOps);
  }
  if (words_[4] < 0 || static_cast<uint64_t>(words_[4]) != length_) {
    return refuse(message_, "the header says %d words, given are %llu", words_[4], left());
  }
  at_ = kHeaderWords + static_cast<uint64_t>(valueCount_) * kValueWords;
  if (at_ > length_) return refuse(message_, "%d values do not fit the words", valueCount_);
  program_->values.assign(static_cast<size_t>(valueCount_), Value{});
  program_->ops.assign(static_cast<size_t>(opCount_), Op{});
  program_->edges.clear();
  program_->constants.clear();
  program_->steps.clear();
  program_->views.clear();
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
  if (value.dtype < kF32 || value.dtype > kBool) {
    return refuse(message_, "value %d: dtype %d", id, value.dtype);
  }
  if (value.rank < 0 || value.rank > kMaxRank) {
    return refuse(message_, "value %d: rank %d, the limit is %d", id, value.rank, kMaxRank);
  }
  value.elements = 1;
  for (int32_t axis = 0; axis < kMaxRank; axis++) {
    const int32_t size = record[8 + axis];
    if (size < 0 || (axis >= value.rank && size != 1)) {
      return refuse(message_, "value %d: size %d of axis %d", id, size, axis);
    }
    value.sizes[axis] = static_cast<uint32_t>(size);
    // Both factors are below 2^32, so the product is exact.
    value.elements *= value.sizes[axis];
    if (value.elements > kMaxElements) {
      return refuse(message_, "value %d: more than %llu elements", id,
                    static_cast<unsigned long long>(kMaxElements));
    }
  }
  const uint64_t width = kElementBytes[value.dtype];
  value.bytes = value.elements * width;
  if (offset % width != 0) {
    return refuse(message_, "value %d: byte offset %llu is not a multiple of %llu", id,
                  static_cast<unsigned long long>(offset), static_cast<unsigned long long>(width));
  }
  if (arena == kPart || arena == kUnbound) return true;
  if (arena < 0 || arena >= kMaxArenas || arenas_.arenas[arena].bytes == nullptr) {
    return refuse(message_, "value %d: arena %d is not registered", id, arena);
  }
  const Arena& memory = arenas_.arenas[arena];
  if (offset > memory.size || value.bytes > memory.size - offset) {
    return refuse(message_, "value %d: bytes %llu to %llu of arena %d, which has %llu", id,
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
  if (of < 0 || of >= valueCount_) {
    return refuse(message_, "value %d: part of unknown value %d", id, of);
  }
  const Value& whole = program_->values[static_cast<size_t>(of)];
  const int32_t* wholeRecord = words_ + kHeaderWords + static_cast<int64_t>(of) * kValueWords;
  if (wholeRecord[0] == kPart) {
    return refuse(message_, "value %d: part of value %d, a part", id, of);
  }
  if (!whole.bound) return true;
  const uint64_t offset = static_cast<uint32_t>(record[1]);
  if (whole.dtype != value.dtype || offset > whole.bytes || value.bytes > whole.bytes - offset) {
    return refuse(message_, "value %d: does not lie in value %d", id, of);
  }
  value.memory = of;
  value.data = whole.data + offset;
  value.bound = true;
  return true;
}

bool Decoder::op() {
  name_ = "?";
  if (left() < 2) {
    return refusal().because("%llu words are left, an operation has 2 or more", left());
  }
  const int32_t kind = words_[at_];
  const int32_t count = words_[at_ + 1];
  const Form* form = formOf(kind);
  if (form == nullptr) return refusal().because("unknown kind %d", kind);
  name_ = form->name;
  const int32_t fixed = 2 + form->operandCount + form->extraWords + (form->hasEdges ? 1 : 0);
  if (count < fixed || static_cast<uint64_t>(count) > left()) {
    return refusal().because("%d words, needed are %d and left are %llu", count, fixed, left());
  }
  if (!form->hasEdges && form->kind != OpKind::map && count != fixed) {
    return refusal().because("%d words, it has %d", count, fixed);
  }
  Op& op = program_->ops[static_cast<size_t>(index_)];
  op.kind = form->kind;
  if (form->kind == OpKind::map) {
    if (!map(&op)) return false;
    at_ += static_cast<uint64_t>(count);
    return true;
  }
  if (!operands(*form, at_ + 2, &op)) return false;
  const int32_t* extra = words_ + at_ + 2 + form->operandCount;
  const bool hasScale = form->extraWords == 2 || form->kind == OpKind::softmaxCrossEntropy;
  if (hasScale) memcpy(&op.scale, extra + form->extraWords - 1, sizeof op.scale);
  if (form->extraWords == 2 || (form->extraWords == 1 && !hasScale)) op.flags = extra[0];
  if (form->extraWords == kViewWords) view(extra, &op);
  if (form->extraWords == kUniformWords) {
    memcpy(op.seed, extra, sizeof op.seed);
    memcpy(&op.stream, extra + 2, sizeof op.stream);
  }
  if (form->hasEdges && !edges(*form, &op)) return false;
  if (!checkShapes(*program_, op, refusal())) return false;
  if (!disjoint(*form, op)) return false;
  at_ += static_cast<uint64_t>(count);
  return true;
}

bool Decoder::operands(const Form& form, uint64_t fieldsAt, Op* op) {
  const int32_t* fields = words_ + fieldsAt;
  for (int32_t i = 0; i < form.operandCount; i++) {
    // matmul is written a, b, out, bias; held as a, b, bias, out so that outputs come last.
    int32_t field = i;
    if (form.kind == OpKind::matmul && i >= 2) field = 5 - i;
    const int32_t id = fields[field];
    op->operands[i] = id;
    if (form.kind == OpKind::matmul && i == 2 && id == -1) continue;
    if (id < 0 || id >= valueCount_) {
      return refusal().because("no value %d, there are %d", id, valueCount_);
    }
    const Value& value = program_->values[static_cast<size_t>(id)];
    if (!value.bound) return refusal().because("value %d is not bound", id);
    const int32_t* record = words_ + kHeaderWords + static_cast<int64_t>(id) * kValueWords;
    const bool written = i >= form.operandCount - form.outputCount;
    if (written && record[0] == kPart) return refusal().because("writes value %d, a part", id);
  }
  return true;
}

bool Decoder::map(Op* op) {
  const int32_t* counts = words_ + at_ + 2;
  const int64_t wordCount = words_[at_ + 1];
  op->inputs = counts[0];
  op->outs = counts[1];
  op->constants = counts[2];
  op->registers = counts[3];
  op->steps = counts[4];
  if (op->inputs < 1 || op->outs < 1 || op->inputs > kMaxMapValues ||
      op->outs > kMaxMapValues - op->inputs) {
    return refusal().because("%d inputs and %d outs, together they are at most %d", op->inputs,
                             op->outs, kMaxMapValues);
  }
  if (op->constants < 0 || op->registers < op->constants || op->registers > kMaxRegisters) {
    return refusal().because("%d constants in %d registers, the limit is %d", op->constants,
                             op->registers, kMaxRegisters);
  }
  if (op->steps < 1 || op->steps > kMaxMapSteps) {
    return refusal().because("%d steps, limits are 1 and %d", op->steps, kMaxMapSteps);
  }
  const int64_t values = op->inputs + op->outs;
  const int64_t needed = 7 + values + op->constants + int64_t{op->steps} * kStepWords;
  if (wordCount != needed) {
    return refusal().because("%lld words, it has %lld", static_cast<long long>(wordCount),
                             static_cast<long long>(needed));
  }
  const Form form{OpKind::map, "map", static_cast<int32_t>(values), op->outs, 0, false};
  if (!operands(form, at_ + 7, op)) return false;
  if (!checkShapes(*program_, *op, refusal()) || !disjoint(form, *op)) return false;
  const int32_t* constants = words_ + at_ + 7 + values;
  op->constantsAt = static_cast<uint32_t>(program_->constants.size());
  op->stepsAt = static_cast<uint32_t>(program_->steps.size());
  for (int32_t i = 0; i < op->constants; i++) {
    float constant;
    memcpy(&constant, constants + i, sizeof constant);
    program_->constants.push_back(constant);
  }
  std::array<bool, kMaxPlaces> written{};
  for (int32_t i = 0; i < op->inputs; i++) written[static_cast<size_t>(i)] = true;
  for (int32_t i = 0; i < op->constants; i++) written[static_cast<size_t>(values + i)] = true;
  const int32_t* steps = constants + op->constants;
  for (int32_t i = 0; i < op->steps; i++) {
    if (!mapStep(steps + static_cast<int64_t>(i) * kStepWords, *op, &written)) return false;
  }
  for (int32_t i = 0; i < op->outs; i++) {
    if (!written[static_cast<size_t>(op->inputs + i)]) {
      return refusal().because("no step writes out %d", i);
    }
  }
  return true;
}

bool Decoder::mapStep(const int32_t* words, const Op& op,
                      std::array<bool, kMaxPlaces>* written) {
  const int32_t function = words[0];
  const int32_t target = words[1];
  if (function < static_cast<int32_t>(ElementFunction::copy) ||
      function > static_cast<int32_t>(ElementFunction::pick)) {
    return refusal().because("unknown function %d", function);
  }
  const int32_t values = op.inputs + op.outs;
  MapStep step{static_cast<ElementFunction>(function), target, {}};
  for (int32_t i = 0; i < kStepReads; i++) {
    const int32_t place = words[2 + i];
    if (place < 0 || place >= values + op.registers ||
        !(*written)[static_cast<size_t>(place)]) {
      return refusal().because("a step reads place %d before it is written", place);
    }
    step.of[i] = place;
  }
  const bool isConstant = target >= values && target < values + op.constants;
  if (target < op.inputs || target >= values + op.registers || isConstant) {
    return refusal().because("a step writes place %d", target);
  }
  (*written)[static_cast<size_t>(target)] = true;
  program_->steps.push_back(step);
  return true;
}

void Decoder::view(const int32_t* words, Op* op) {
  View view;
  view.offset = words[0];
  for (int32_t axis = 0; axis < kMaxViewAxes; axis++) {
    view.sizes[axis] = words[1 + axis];
    view.strides[axis] = words[1 + kMaxViewAxes + axis];
  }
  op->viewAt = static_cast<uint32_t>(program_->views.size());
  program_->views.push_back(view);
}

bool Decoder::edges(const Form& form, Op* op) {
  const int32_t before = 2 + form.operandCount + form.extraWords;
  const uint64_t countAt = at_ + static_cast<uint64_t>(before);
  const int32_t count = words_[countAt];
  const int32_t words = words_[at_ + 1];
  if (count < 2 || count > kMaxEdges || words != before + 1 + count) {
    return refusal().because("%d edges in %d words, limits are 2 and %d", count, words, kMaxEdges);
  }
  op->shards = static_cast<uint32_t>(count - 1);
  op->edgesAt = static_cast<uint32_t>(program_->edges.size());
  int32_t previous = 0;
  for (int32_t i = 0; i < count; i++) {
    const int32_t edge = words_[countAt + 1 + static_cast<uint64_t>(i)];
    if (edge < previous || (i == 0 && edge != 0)) {
      return refusal().because("edge %d is %d, edges ascend from 0", i, edge);
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
        return refusal().because("output %d shares memory with value %d", op.operands[out],
                        op.operands[other]);
      }
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

}  // namespace ganglion::cpu
