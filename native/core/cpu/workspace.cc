#include "workspace.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>

namespace ganglion::cpu {
namespace {

constexpr uint64_t kAlignment = 64;
constexpr int64_t kAlignedFloats = kAlignment / sizeof(float);

std::atomic<uint64_t> liveTotal{0};

int64_t rounded(int64_t floats) {
  return (floats + kAlignedFloats - 1) / kAlignedFloats * kAlignedFloats;
}

}  // namespace

Workspace::~Workspace() { release(); }

bool Workspace::reserve(const KernelTable& kernels, int64_t scratchFloats, int lanes) {
  packAFloats_ = rounded(kernels.packAFloats);
  laneFloats_ = std::max(packAFloats_ + rounded(kernels.packBFloats), rounded(scratchFloats));
  const uint64_t bytes =
      static_cast<uint64_t>(laneFloats_) * static_cast<uint64_t>(lanes) * sizeof(float);
  if (bytes <= bytes_) return true;
  release();
  memory_ = static_cast<float*>(std::aligned_alloc(kAlignment, bytes));
  if (memory_ == nullptr) return false;
  bytes_ = bytes;
  liveTotal += bytes;
  return true;
}

void Workspace::release() {
  std::free(memory_);
  liveTotal -= bytes_;
  memory_ = nullptr;
  bytes_ = 0;
}

uint64_t Workspace::liveBytes() { return liveTotal; }

}  // namespace ganglion::cpu
