// The order of every sum that is not a matrix product (NUMERICS-N2). Definition:
//
//   float lane[16] = {+0, ...};
//   for i ascending: lane[i % 16] += x[i];
//   for width in 8, 4, 2, 1: for i < width: lane[i] += lane[i + width];
//   the sum is lane[0].
//
// Element i of a row sum is column i; element i of a column sum is row i of the shard. A level
// holds the lanes in as many vectors as its width needs; missing elements of the last group add
// +0, which changes no lane because a lane that starts at +0 never becomes -0.
#pragma once

namespace ganglion::cpu {

inline constexpr int kSumLanes = 16;

}  // namespace ganglion::cpu
