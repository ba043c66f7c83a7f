// Runs programs in an arena of exact size, so that a sanitizer sees each access outside it.
#pragma once

#include "check.h"
#include "cpu/execute.h"
#include "program_words.h"

namespace ganglion::testing {

inline constexpr uint64_t kArenaFloats = 256;

// One engine whose arena 0 is an exactly sized array.
struct ProgramFixture {
  std::vector<float> memory = std::vector<float>(kArenaFloats, -7.0f);
  cpu::Engine engine;
  cpu::Message message;

  ProgramFixture() {
    engine.arenas.arenas[0] = {reinterpret_cast<char*>(memory.data()),
                               memory.size() * sizeof(float)};
  }
  cpu::Outcome runWords(const std::vector<int32_t>& words) {
    return run(&engine, words.data(), words.size(), &message);
  }
  int32_t* labels(size_t at) { return reinterpret_cast<int32_t*>(memory.data() + at); }
};

inline int32_t floatWord(float x) {
  int32_t word;
  memcpy(&word, &x, sizeof word);
  return word;
}

}  // namespace ganglion::testing
