// Which instruction sets this machine runs, best first. Detection reads CPUID once a process.
#pragma once

#include "kernels.h"

namespace ganglion::cpu {

struct Level {
  const char* name;
  const KernelTable* kernels;
};

inline constexpr int kMaxLevels = 4;

struct Levels {
  Level levels[kMaxLevels];
  int count;
};

// At least `scalar`, which is last.
const Levels& availableLevels();

// Null for a level that this machine cannot run.
const Level* findLevel(const char* name);

}  // namespace ganglion::cpu
