// The memory that programs may touch: arenas by number. One table per environment.
#pragma once

#include <cstdint>

#include "program.h"

namespace ganglion::cpu {

struct Arena {
  char* bytes = nullptr;
  uint64_t size = 0;
};

struct ArenaTable {
  Arena arenas[kMaxArenas];
};

}  // namespace ganglion::cpu
