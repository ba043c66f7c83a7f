// What loops that are written from contract.ts are made of.
#pragma once

#include <vector>

#include "cpu/kernels.h"

namespace ganglion::testing {

// The definition in reduce.h, word for word.
inline float laneSum(const std::vector<float>& x) {
  float lane[16] = {};
  for (size_t i = 0; i < x.size(); i++) lane[i % 16] += x[i];
  for (int width = 8; width >= 1; width /= 2) {
    for (int i = 0; i < width; i++) lane[i] += lane[i + width];
  }
  return lane[0];
}

inline float scalarExp(float x) {
  float y = 0;
  cpu::kScalarKernels.exp(&x, &y, 1);
  return y;
}

inline float scalarLog(float x) {
  float y = 0;
  cpu::kScalarKernels.log(&x, &y, 1);
  return y;
}

}  // namespace ganglion::testing
