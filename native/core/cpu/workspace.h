// Scratch memory of one environment's kernels: the packing buffers of matrix products, or the
// registers of maps, or the packed heads of attention.
//
// WORKSPACE-1: one thread uses a workspace at a time.
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

  // Makes room for the level and for `scratchFloats`; false when the system has no memory left.
  bool reserve(const KernelTable& kernels, int64_t scratchFloats);
  float* packA() const { return packA_; }
  float* packB() const { return packB_; }
  // What `reserve` was asked for.
  float* scratch() const { return memory_; }

  // Bytes that all workspaces of the process hold now.
  static uint64_t liveBytes();

 private:
  void release();

  float* memory_ = nullptr;
  float* packA_ = nullptr;
  float* packB_ = nullptr;
  uint64_t bytes_ = 0;
};

}  // namespace ganglion::cpu
