// Scratch memory of one environment's kernels, a part for each lane: the packing buffers of matrix
// products, or the registers of maps, or the packed heads of attention.
//
// WORKSPACE-1: one lane uses a part, and only in a call of its environment.
// WORKSPACE-2: it holds at most what its level's table names and its largest program needs, and
//   frees all of it with itself.
#pragma once

#include <cstdint>

#include "kernels.h"

namespace ganglion::cpu {

class Workspace {
 public:
  Workspace() = default;
  ~Workspace();
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  // Makes room for the level and for `scratchFloats` on each lane; false when the system has no
  // memory left.
  bool reserve(const KernelTable& kernels, int64_t scratchFloats, int lanes);
  float* packA(int lane) const { return scratch(lane); }
  float* packB(int lane) const { return scratch(lane) + packAFloats_; }
  // What `reserve` was asked for.
  float* scratch(int lane) const { return memory_ + lane * laneFloats_; }

  // Bytes that all workspaces of the process hold now.
  static uint64_t liveBytes();

 private:
  void release();

  float* memory_ = nullptr;
  int64_t laneFloats_ = 0;
  int64_t packAFloats_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace ganglion::cpu
