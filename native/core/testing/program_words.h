// Writes programs for tests: the encoding of program.h, by hand.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "cpu/program.h"

namespace ganglion::testing {

class ProgramWords {
 public:
  // A value of `sizes` at byte `offset` of arena `arena`; returns its id.
  int32_t value(std::initializer_list<int32_t> sizes, int32_t arena, uint32_t offset,
                int32_t dtype = cpu::kF32, int32_t of = -1) {
    std::vector<int32_t> record{arena, static_cast<int32_t>(offset), dtype, of,
                                static_cast<int32_t>(sizes.size()), 0, 0, 0};
    record.insert(record.end(), sizes);
    record.resize(cpu::kValueWords, 1);
    values_.insert(values_.end(), record.begin(), record.end());
    return static_cast<int32_t>(values_.size()) / cpu::kValueWords - 1;
  }

  void op(cpu::OpKind kind, const std::vector<int32_t>& fields) {
    ops_.push_back(static_cast<int32_t>(kind));
    ops_.push_back(static_cast<int32_t>(fields.size()) + 2);
    ops_.insert(ops_.end(), fields.begin(), fields.end());
    opCount_++;
  }

  // out = function(reads), each of the shape of out.
  void map(cpu::ElementFunction function, std::initializer_list<int32_t> reads, int32_t out) {
    const auto count = static_cast<int32_t>(reads.size());
    std::vector<int32_t> fields{count, 1, 0, 0, 1};
    fields.insert(fields.end(), reads);
    fields.push_back(out);
    fields.push_back(static_cast<int32_t>(function));
    fields.push_back(count);
    for (int32_t i = 0; i < cpu::kStepReads; i++) fields.push_back(i < count ? i : 0);
    op(cpu::OpKind::map, fields);
  }

  std::vector<int32_t> words() const {
    const auto total = static_cast<int32_t>(cpu::kHeaderWords + values_.size() + ops_.size());
    std::vector<int32_t> all{cpu::kMagic,
                             cpu::kVersion,
                             static_cast<int32_t>(values_.size()) / cpu::kValueWords,
                             opCount_,
                             total,
                             0,
                             0,
                             0};
    all.insert(all.end(), values_.begin(), values_.end());
    all.insert(all.end(), ops_.begin(), ops_.end());
    return all;
  }

 private:
  std::vector<int32_t> values_;
  std::vector<int32_t> ops_;
  int32_t opCount_ = 0;
};

}  // namespace ganglion::testing
