// The kernels of one instruction set. Each level_*.cc defines one table; dispatch.h picks.
//
// KERNELS-H2: a level's file has internal linkage throughout and exports its table and nothing else
// (checked on the object's symbols), so no instruction of a level leaks into shared code.
// NUMERICS-N1, -N2: all levels give equal bits (reduce.h, matmul.inc). NaN payloads are not kept.
//
// All matrices are row-major; a `stride` is elements between rows. Outputs overlap no input.
#pragma once

#include <cstdint>

#include "program.h"

namespace ganglion::cpu {

// What a kernel that may run for long asks now and then: whether to return at once. What it wrote
// is anything then.
struct Poll {
  bool (*stopped)(void* lanes, int lane);
  void* lanes;
  int lane;
};

// out(m,n) = activation(op(a) · op(b) + bias(n)). `bias` may be null. a is (m,k), or (k,m) if
// transposeA; b is (k,n), or (n,k) if transposeB. `packA` and `packB` are 64-byte aligned scratch
// of the level's packAFloats and packBFloats.
template <typename Element>
struct ProductTask {
  const Element* a;
  const Element* b;
  float* out;
  const float* bias;
  int64_t m, n, k;
  int64_t strideA, strideB, strideOut;
  bool transposeA, transposeB, relu;
  float* packA;
  float* packB;
  Poll poll;
};

using MatmulTask = ProductTask<float>;
// The bits of bf16 numbers.
using Bf16MatmulTask = ProductTask<uint16_t>;

// out(m,n) = the sum, in the order of a complete binary tree, over `shards` shards, a power of two
// up to 2^kMaxSumLevels, of a(rows of the shard,m) transposed times b(rows of the shard,n). Shard s
// has the rows edges[s] to edges[s + 1] of a and b.
struct ShardMatmulTask {
  const float *a, *b;
  float* out;
  const uint32_t* edges;
  int64_t shards, m, n;
  int64_t strideA, strideB, strideOut;
  float *packA, *packB;
  Poll poll;
};

inline constexpr int kMaxSumLevels = 10;

// losses(rows), gradient(rows,columns); a label outside [0, columns) makes its loss NaN.
struct SoftmaxTask {
  const float* logits;
  const int32_t* labels;
  float* losses;
  float* gradient;
  int64_t rows, columns;
  float scale;
};

// out(rows): the sum or, with `max`, the largest element of each row of a(rows,columns).
struct ReduceTask {
  const float* a;
  float* out;
  int64_t rows, columns;
  bool max;
};

// out(rows,columns) of a(rows,columns).
struct SoftmaxRowsTask {
  const float* a;
  float* out;
  int64_t rows, columns;
  bool log;
};

struct SoftmaxGradientTask {
  const float *gradient, *output;
  float* out;
  int64_t rows, columns;
  bool log;
};

// out(rows,columns), scale(rows).
struct NormalizeTask {
  const float* a;
  float *out, *scale;
  int64_t rows, columns;
  float epsilon;
  bool centered;
};

struct NormalizeGradientTask {
  const float *gradient, *output, *scale;
  float* out;
  int64_t rows, columns;
  bool centered;
};

// gradient(rows,columns), out(count,columns) of one stride; an index outside [0, count) is passed
// over.
struct ScatterTask {
  const float* gradient;
  const int32_t* indices;
  float* out;
  int64_t rows, columns, stride, count;
};

// qkv is (batch, tokens, 3 * heads * size). Heads of all samples are numbered sample by sample.
struct AttentionShape {
  int64_t batch, tokens, heads, size;
  float factor;

  // Floats of scratch that the gradient takes; the forward direction takes fewer.
  int64_t scratchFloats() const { return (2 * size + 8) * ((tokens + 15) / 16 * 16); }
};

// The heads [from, to).
struct AttentionTask {
  const float* qkv;
  float *out, *logSum;
  AttentionShape shape;
  int64_t from, to;
  float* scratch;
  Poll poll;
};

struct AttentionGradientTask {
  const float *gradient, *qkv, *output, *logSum;
  float* out;
  AttentionShape shape;
  int64_t from, to;
  float* scratch;
  Poll poll;
};

struct SgdTask {
  const float *parameter, *gradient, *velocity, *hyper;
  float *nextParameter, *nextVelocity;
  int64_t count;
};

struct AdamwTask {
  const float *parameter, *gradient, *first, *second, *hyper;
  float *nextParameter, *nextFirst, *nextSecond;
  int64_t count;
};

// target = function(of): numbers of places, as program.h has them.
struct MapStep {
  ElementFunction function;
  int32_t target;
  int32_t of[kStepReads];
};

// A map over `rows` of `length` neighbouring elements each, its loop joined by map_loop.h. Outs lie
// row after row; along axis d of `sizes` input i moves by strides[i][d] from row to row and by
// inStep[i], 0 or 1, within one. Of the rows [firstRow, lastRow) the elements [from, to) are made.
// `scratch` has kMapScratchFloats, 64-byte aligned.
struct MapTask {
  const MapStep* steps;
  int32_t stepCount;
  const float* constants;
  int32_t constantCount, registerCount;
  int32_t inputCount, outCount;
  const float* inputs[kMaxMapValues];
  float* outs[kMaxMapValues];
  int64_t length;
  int32_t rank;
  int64_t sizes[kMaxRank];
  int64_t strides[kMaxMapValues][kMaxRank];
  int64_t inStep[kMaxMapValues];
  int64_t firstRow, lastRow, from, to;
  float* scratch;
};

inline constexpr int64_t kMapScratchFloats = 8192;

struct KernelTable {
  int64_t packAFloats;
  int64_t packBFloats;
  void (*matmul)(const MatmulTask& task);
  void (*bf16Matmul)(const Bf16MatmulTask& task);
  void (*shardMatmul)(const ShardMatmulTask& task);
  // out(columns) = the sum of a(rows,columns) over its rows, in the order of reduce.h.
  void (*columnSum)(const float* a, int64_t stride, int64_t rows, int64_t columns, float* out);
  void (*map)(const MapTask& task);
  void (*softmaxCrossEntropy)(const SoftmaxTask& task);
  void (*argmax)(const float* a, int32_t* out, int64_t rows, int64_t columns);
  void (*reduce)(const ReduceTask& task);
  void (*softmax)(const SoftmaxRowsTask& task);
  void (*softmaxGradient)(const SoftmaxGradientTask& task);
  void (*normalize)(const NormalizeTask& task);
  void (*normalizeGradient)(const NormalizeGradientTask& task);
  void (*scatter)(const ScatterTask& task);
  void (*attention)(const AttentionTask& task);
  void (*attentionGradient)(const AttentionGradientTask& task);
  void (*sgd)(const SgdTask& task);
  void (*adamw)(const AdamwTask& task);
  // For tests of their error.
  void (*exp)(const float* a, float* out, int64_t count);
  void (*log)(const float* a, float* out, int64_t count);
  void (*tanh)(const float* a, float* out, int64_t count);
  void (*erf)(const float* a, float* out, int64_t count);
};

// What a level has beside the table of another.
struct Bf16KernelTable {
  void (*matmul)(const Bf16MatmulTask& task);
};

extern const KernelTable kScalarKernels;
#if defined(__x86_64__)
extern const Bf16KernelTable kAvx512Bf16Kernels;
extern const KernelTable kAvx2Kernels;
extern const KernelTable kAvx512Kernels;
#elif defined(__aarch64__)
extern const KernelTable kNeonKernels;
#endif

}  // namespace ganglion::cpu
