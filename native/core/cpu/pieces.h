// How an operation is cut so that lanes run its parts side by side, and so that a call asks now and
// then whether it is to return (KERNELS-H1). Every part writes elements of its own, whose bits do
// not depend on the cut.
#pragma once

#include <cstdint>

namespace ganglion::cpu {

// What an operation asks for. `work` is about the nanoseconds that it takes one core with vectors
// of eight numbers.
struct Load {
  double work;
  // It can be cut into so many parts.
  int64_t parts;
  // Its kernel asks by itself.
  bool polls;
};

struct Range {
  int64_t from, to;

  int64_t size() const { return to - from; }
};

// Part `index` of `count`, which `lane` runs.
struct Piece {
  int64_t index, count;
  int lane;

  // Its share of units that are numbered from 0.
  Range of(int64_t units) const {
    return {units * index / count, units * (index + 1) / count};
  }
};

// Into how many pieces a load is cut for so many lanes.
uint32_t pieceCount(const Load& load, int lanes);

}  // namespace ganglion::cpu
