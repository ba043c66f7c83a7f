// The encoding of a program: a sequence of 32-bit words that one call runs.
//
// Owns the numbers of the format; decode.h reads it, packages/gpu/src/cpu/native-program.ts writes
// it and its test compares every constant here with its own table.
//
//   header   kHeaderWords: magic, version, value count, operation count, words in all, 0, 0, 0
//   values   kValueWords each, in the order of their ids:
//              arena   arena number, kUnbound, or kPart
//              offset  byte offset (32 bits, unsigned) in the arena, or in the memory of `of`
//              dtype   a DType
//              of      value whose memory a part lies in; -1 unless arena is kPart
//              rank    0 to kMaxRank
//              0, 0, 0
//              sizes   kMaxRank words, outermost first; 1 from rank on
//   operations, in execution order: kind, words of this operation, then the fields
//     matmul               a, b, out, bias or -1, flags (MatmulFlag)
//     batchMatmul          a, b, out, flags (kTransposeA, kTransposeB)
//     shardMatmul          a, b, out, sum (0 or 1), edge count, edges
//     shardColumnSum       a, out, edge count, edges
//     map                  input count, out count, constant count, register count, step count,
//                          inputs, outs, constants (bits of f32), then for each step kStepWords:
//                            ElementFunction, target, four places (0 where it reads fewer)
//                          places are the inputs, then the outs, then the registers; the first
//                          registers hold the constants
//     softmaxCrossEntropy  logits, labels, losses, gradient, scale (bits of an f32)
//     argmax               a, out
//     reduce               a, out, how (0 for the sum, 1 for the largest element)
//     softmax              a, out, log (0 or 1)
//     softmaxGradient      gradient, output, out, log
//     normalize            a, out, scale, centered (0 or 1), epsilon (bits of an f32)
//     normalizeGradient    gradient, output, scale, out, centered
//     gather               table, indices, out
//     shardScatter         gradient, indices, out, edge count, edges
//     attention            qkv, out, logSum, heads, factor (bits of an f32)
//     attentionGradient    gradient, qkv, output, logSum, out, heads, factor
//     view                 a, out, offset, kMaxViewAxes sizes, kMaxViewAxes strides; what an index
//                          does not have is at the end, of size 1
//     viewGradient         gradient, out, and the same
//     cast                 a, out
//     uniform              draws, out, seed (low and high 32 bits), stream
//     sgd                  parameter, gradient, velocity, hyper, nextParameter, nextVelocity
//     adamw                parameter, gradient, first, second, hyper,
//                          nextParameter, nextFirst, nextSecond
//
// What the operations mean is said in packages/gpu/src/contract/program.ts.
//
// PROGRAM-1: a program is read once, checked whole, and only then run; words that change meanwhile
//   change nothing.
// PROGRAM-2: whatever the words hold, memory outside the registered arenas is not touched.
// PROGRAM-3: no output of an operation shares memory with another value of that operation.
#pragma once

#include <cstdint>

namespace ganglion::cpu {

inline constexpr int32_t kMagic = 0x47505247;
inline constexpr int32_t kVersion = 5;
inline constexpr int32_t kHeaderWords = 8;
inline constexpr int32_t kValueWords = 16;
inline constexpr int32_t kMaxRank = 8;
inline constexpr int32_t kUnbound = -1;
inline constexpr int32_t kPart = -2;

inline constexpr int32_t kMaxWords = 1 << 22;
inline constexpr int32_t kMaxValues = 65536;
inline constexpr int32_t kMaxOps = 65536;
inline constexpr int32_t kMaxEdges = 65537;
inline constexpr int32_t kMaxArenas = 64;
inline constexpr int32_t kMaxMapValues = 8;
inline constexpr int32_t kMaxMapSteps = 512;
inline constexpr int32_t kMaxRegisters = 256;
inline constexpr int32_t kMaxViewAxes = 7;
inline constexpr int32_t kStepWords = 6;
inline constexpr int32_t kStepReads = 4;
// Keeps every product of sizes, and every byte offset, within 32 bits.
inline constexpr uint64_t kMaxElements = (1u << 30) - 1;

enum DType : int32_t { kF32 = 0, kI32 = 1, kU8 = 2, kBf16 = 3, kF16 = 4, kBool = 5 };

enum MatmulFlag : int32_t { kTransposeA = 1, kTransposeB = 2, kRelu = 4 };

enum class OpKind : int32_t {
  matmul = 1,
  shardMatmul = 2,
  shardColumnSum = 3,
  map = 4,
  softmaxCrossEntropy = 5,
  argmax = 6,
  sgd = 7,
  adamw = 8,
  normalize = 9,
  normalizeGradient = 10,
  gather = 11,
  shardScatter = 12,
  attention = 13,
  attentionGradient = 14,
  reduce = 15,
  softmax = 16,
  softmaxGradient = 17,
  batchMatmul = 18,
  view = 19,
  viewGradient = 20,
  cast = 21,
  uniform = 22,
};

enum class ElementFunction : int32_t {
  copy = 1,
  add = 2,
  subtract = 3,
  multiply = 4,
  divide = 5,
  squareRoot = 6,
  exp = 7,
  log = 8,
  tanh = 9,
  erf = 10,
  relu = 11,
  pick = 12,
};

}  // namespace ganglion::cpu
