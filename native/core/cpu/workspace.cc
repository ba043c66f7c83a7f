#include "workspace.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>

namespace ganglion::cpu {
namespace {

constexpr uint64_t kAlignment = 64;

std::atomic<uint64_t> liveTotal{0};

uint64_t rounded(int64_t floats) {
  const uint64_t bytes = static_cast<uint64_t>(floats) * sizeof(float);
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

Workspace::~Workspace() { release(); }

bool Workspace::reserve(const KernelTable& kernels, int64_t scratchFloats) {
  const uint64_t bytesA = rounded(kernels.packAFloats);
  const uint64_t bytes =
      std::max(bytesA + rounded(kernels.packBFloats), rounded(scratchFloats));
  if (bytes > bytes_) {
    release();
    memory_ = static_cast<float*>(std::aligned_alloc(kAlignment, bytes));
    if (memory_ == nullptr) return false;
    bytes_ = bytes;
    liveTotal += bytes;
  }
  packA_ = memory_;
  packB_ = memory_ + bytesA / sizeof(float);
  return true;
}

void Workspace::release() {
  std::free(memory_);
  liveTotal -= bytes_;
  memory_ = packA_ = packB_ = nullptr;
  bytes_ = 0;
}

uint64_t Workspace::liveBytes() { return liveTotal; }

}  // namespace ganglion::cpu
