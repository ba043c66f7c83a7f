// The form of each operation's words, and how a program is refused.
#pragma once

#include <cstdint>

#include "decode.h"

namespace ganglion::cpu {

struct Form {
  OpKind kind;
  const char* name;
  int32_t operandCount;
  int32_t outputCount;  // the last of the operands
  int32_t extraWords;   // flags, scale, or both; kViewWords, kUniformWords
  bool hasEdges;
};

inline constexpr int32_t kViewWords = 1 + 2 * kMaxViewAxes;
inline constexpr int32_t kUniformWords = 3;

// Null for a kind that there is not.
const Form* formOf(int32_t kind);

// Writes the message; always false.
bool refuse(Message* message, const char* format, ...) __attribute__((format(printf, 2, 3)));

// Says which operation a message is about.
struct Refusal {
  Message* message;
  int32_t index;
  const char* name;

  bool because(const char* format, ...) const __attribute__((format(printf, 2, 3)));
};

}  // namespace ganglion::cpu
