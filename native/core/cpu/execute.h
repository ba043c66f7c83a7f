// Runs programs: decode, check what only memory tells, then every operation in order.
#pragma once

#include <cstdint>

#include "decode.h"
#include "dispatch.h"
#include "thread/lanes.h"
#include "workspace.h"

namespace ganglion::cpu {

enum class Outcome { done, malformed, badLabel, outOfMemory, interrupted };

// One environment's kernels. One thread uses it at a time.
struct Engine {
  explicit Engine(thread::Interrupt interrupt = {}) : lanes(interrupt) {}

  thread::Lanes lanes;
  ArenaTable arenas;
  const Level* level = &availableLevels().levels[0];
  Workspace workspace;
  DecodedProgram program;
};

// After `interrupted` what was to be written is anything. On anything else but `done` nothing was
// written and `message` has the reason. Labels that an argmax of
// the same program writes are in range by its columns; all others are read before anything runs.
Outcome run(Engine* engine, const int32_t* words, uint64_t length, Message* message);

}  // namespace ganglion::cpu
