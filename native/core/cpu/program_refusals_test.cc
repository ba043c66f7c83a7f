// PROGRAM-1 and -3: malformed programs are refused with the reason and write nothing.
#include "testing/program_fixture.h"

using namespace ganglion::cpu;
using namespace ganglion::testing;

namespace {

void refuses(const std::vector<int32_t>& words, const char* reason,
             Outcome outcome = Outcome::malformed) {
  ProgramFixture fixture;
  const std::vector<float> before = fixture.memory;
  CHECK(fixture.runWords(words) == outcome);
  if (!CHECK(strcmp(fixture.message.text, reason) == 0)) {
    printf("  expected: %s\n  found:    %s\n", reason, fixture.message.text);
  }
  CHECK(differing(fixture.memory, before) == 0);
}

void headers() {
  ProgramWords empty;
  std::vector<int32_t> words = empty.words();
  ProgramFixture f;
  CHECK(f.runWords(words) == Outcome::done);
  refuses({}, "a program of 0 words, limits are 8 and 4194304");
  words[0] = 1;
  refuses(words, "the words are no program: magic is 0x1");
  words[0] = kMagic;
  words[1] = 9;
  refuses(words, "format 9, known is 5");
  words[1] = kVersion;
  words[2] = -1;
  refuses(words, "-1 values, the limit is 65536");
  words[2] = 1;
  refuses(words, "1 values do not fit the words");
  words[2] = 0;
  words[3] = 70000;
  refuses(words, "70000 operations, the limit is 65536");
  words[3] = 1;
  refuses(words, "operation 0 (?): 0 words are left, an operation has 2 or more");
  words[3] = 0;
  words[4] = 9;
  refuses(words, "the header says 9 words, given are 8");
  words[4] = 9;
  words.push_back(0);
  refuses(words, "1 words follow the last operation");
}

std::vector<int32_t> oneValue(std::initializer_list<int32_t> sizes, int32_t arena, uint32_t offset,
                              int32_t dtype = kF32) {
  ProgramWords p;
  p.value(sizes, arena, offset, dtype);
  return p.words();
}

void values() {
  refuses(oneValue({2}, 3, 0), "value 0: arena 3 is not registered");
  refuses(oneValue({2}, 64, 0), "value 0: arena 64 is not registered");
  refuses(oneValue({2}, 0, 2), "value 0: byte offset 2 is not a multiple of 4");
  refuses(oneValue({2}, 0, 1020), "value 0: bytes 1020 to 1028 of arena 0, which has 1024");
  refuses(oneValue({0}, 0, 0xfffffffcu),
          "value 0: bytes 4294967292 to 4294967292 of arena 0, which has 1024");
  refuses(oneValue({-1}, 0, 0), "value 0: size -1 of axis 0");
  refuses(oneValue({65536, 65536}, 0, 0), "value 0: more than 1073741823 elements");
  refuses(oneValue({2}, 0, 0, 7), "value 0: dtype 7");
  std::vector<int32_t> words = oneValue({2}, 0, 0);
  words[kHeaderWords + 4] = 9;
  refuses(words, "value 0: rank 9, the limit is 8");
  words[kHeaderWords + 4] = 0;
  refuses(words, "value 0: size 2 of axis 0");
  ProgramWords parts;
  parts.value({4}, 0, 0);
  parts.value({2}, kPart, 12, kF32, 0);
  refuses(parts.words(), "value 1: does not lie in value 0");
  ProgramWords nested;
  nested.value({4}, kPart, 0, kF32, 0);
  refuses(nested.words(), "value 0: part of value 0, a part");
  ProgramWords unknown;
  unknown.value({4}, kPart, 0, kF32, 5);
  refuses(unknown.words(), "value 0: part of unknown value 5");
}

// Values of an operation in the order of its fields, 64 bytes apart.
std::vector<int32_t> oneOp(OpKind kind, std::initializer_list<std::initializer_list<int32_t>> sizes,
                           std::initializer_list<int32_t> fields) {
  ProgramWords p;
  uint32_t offset = 0;
  for (const auto& size : sizes) {
    p.value(size, 0, offset);
    offset += 64;
  }
  p.op(kind, fields);
  return p.words();
}

// Values of given dtypes in the order of an operation's fields, 64 bytes apart.
std::vector<int32_t> ofDtypes(OpKind kind,
                              std::initializer_list<std::initializer_list<int32_t>> sizes,
                              std::initializer_list<int32_t> dtypes,
                              std::initializer_list<int32_t> fields) {
  ProgramWords p;
  uint32_t offset = 0;
  for (const auto& size : sizes) {
    p.value(size, 0, offset, dtypes.begin()[offset / 64]);
    offset += 64;
  }
  p.op(kind, fields);
  return p.words();
}

void dtypes() {
  refuses(ofDtypes(OpKind::uniform, {{2, 2}, {2, 3}}, {kI32, kBf16}, {0, 1, 1, 2, 3}),
          "operation 0 (uniform): value 1: dtype 3, not 0");
  refuses(ofDtypes(OpKind::uniform, {{3, 2}, {2, 3}}, {kI32, kF32}, {0, 1, 1, 2, 3}),
          "operation 0 (uniform): value 0: size 3 of axis 0, not 2");
  refuses(ofDtypes(OpKind::uniform, {{2, 2}, {}}, {kI32, kF32}, {0, 1, 1, 2, 3}),
          "operation 0 (uniform): out of rank 0, it needs a first axis");
  refuses(ofDtypes(OpKind::cast, {{2}, {2}}, {kBf16, kF16}, {0, 1}),
          "operation 0 (cast): a cast of bf16 to f16, one of the two is f32");
  refuses(ofDtypes(OpKind::cast, {{2}, {3}}, {kBool, kF32}, {0, 1}),
          "operation 0 (cast): value 1: size 3 of axis 0, not 2");
  refuses(ofDtypes(OpKind::matmul, {{2, 3}, {3, 2}, {2, 2}}, {kBf16, kF32, kF32}, {0, 1, 2, -1, 0}),
          "operation 0 (matmul): value 1: dtype 0, not 3");
  refuses(ofDtypes(OpKind::matmul, {{2, 3}, {3, 2}, {2, 2}}, {kF16, kF16, kF32}, {0, 1, 2, -1, 0}),
          "operation 0 (matmul): value 0: dtype 4 and rank 2, needed are rows of f32");
  refuses(ofDtypes(OpKind::matmul, {{2, 3}, {3, 2}, {2, 2}}, {kBf16, kBf16, kBf16},
                   {0, 1, 2, -1, 0}),
          "operation 0 (matmul): value 2: dtype 3, not 0");
  refuses(oneValue({2}, 0, 1, kBf16), "value 0: byte offset 1 is not a multiple of 2");
}

void operations() {
  refuses(oneOp(OpKind::argmax, {{2, 1}}, {0, 1}), "operation 0 (argmax): no value 1, there are 1");
  refuses(oneOp(OpKind::argmax, {{2, 1}, {2}}, {0}),
          "operation 0 (argmax): 3 words, needed are 4 and left are 3");
  refuses(oneOp(OpKind::argmax, {{2, 1}, {2}}, {0, 1, 0}),
          "operation 0 (argmax): 5 words, it has 4");
  refuses(oneOp(static_cast<OpKind>(99), {}, {}), "operation 0 (?): unknown kind 99");
  refuses(oneOp(OpKind::matmul, {{2, 3}, {2, 3}, {2, 3}}, {0, 1, 2, -1, 0}),
          "operation 0 (matmul): k is 3 in a and 2 in b");
  refuses(oneOp(OpKind::matmul, {{2, 3}, {3, 2}, {2, 2}}, {0, 1, 2, -1, 8}),
          "operation 0 (matmul): flags 0x8");
  refuses(oneOp(OpKind::matmul, {{2, 3}, {3, 2}, {2, 2}, {3}}, {0, 1, 2, 3, 0}),
          "operation 0 (matmul): value 3: size 3 of axis 0, not 2");
  refuses(oneOp(OpKind::matmul, {{2, 3}, {3, 2}, {2, 2}}, {0, 1, -1, 2, 0}),
          "operation 0 (matmul): no value -1, there are 3");
  refuses(oneOp(OpKind::cast, {{2}, {2}}, {0, 1}),
          "operation 0 (cast): a cast of f32 to f32, one of the two is f32");
  refuses(oneOp(OpKind::shardMatmul, {{3, 2}, {3, 2}, {2, 2, 2}}, {0, 1, 2, 0, 3, 0, 4, 3}),
          "operation 0 (shardMatmul): edge 2 is 3, edges ascend from 0");
  refuses(oneOp(OpKind::shardMatmul, {{3, 2}, {3, 2}, {2, 2, 2}}, {0, 1, 2, 0, 3, 0, 1, 2}),
          "operation 0 (shardMatmul): the last edge is 2, a has 3 rows");
  refuses(oneOp(OpKind::shardMatmul, {{3, 2}, {4, 2}, {1, 2, 2}}, {0, 1, 2, 0, 2, 0, 3}),
          "operation 0 (shardMatmul): a has 3 rows and b 4");
  refuses(oneOp(OpKind::shardMatmul, {{3, 2}, {3, 2}, {2, 2}}, {0, 1, 2, 1, 4, 0, 1, 2, 3}),
          "operation 0 (shardMatmul): sum is 1, of 3 shards: a sum is over a power of two up to "
          "1024");
  refuses(oneOp(OpKind::shardMatmul, {{3, 2}, {3, 2}, {2, 2}}, {0, 1, 2, 2, 2, 0, 3}),
          "operation 0 (shardMatmul): sum is 2, of 1 shards: a sum is over a power of two up to "
          "1024");
  refuses(oneOp(OpKind::shardColumnSum, {{3, 2}, {1, 2}}, {0, 1, 2, 1, 3}),
          "operation 0 (shardColumnSum): edge 0 is 1, edges ascend from 0");
  refuses(oneOp(OpKind::shardColumnSum, {{3, 2}, {1, 2}}, {0, 1, 9, 0, 3}),
          "operation 0 (shardColumnSum): 9 edges in 7 words, limits are 2 and 65537");
  refuses(oneOp(OpKind::argmax, {{3, 2}, {3}}, {0, 1}),
          "operation 0 (argmax): value 1: dtype 0, not 1");
  refuses(oneOp(OpKind::argmax, {{3, 0}, {3}}, {0, 1}),
          "operation 0 (argmax): a row of no elements has no largest one");
  refuses(oneOp(OpKind::softmaxCrossEntropy, {{3, 0}, {3}, {3}, {3, 0}}, {0, 1, 2, 3, 0}),
          "operation 0 (softmaxCrossEntropy): logits have no columns, a class is needed");
  refuses(oneOp(OpKind::normalize, {{3, 2}, {3, 2}, {3}}, {0, 1, 2, 2, 0}),
          "operation 0 (normalize): centered is 2");
  refuses(oneOp(OpKind::normalize, {{3, 2}, {3, 2}, {2}}, {0, 1, 2, 1, 0}),
          "operation 0 (normalize): value 2: size 2 of axis 0, not 3");
  refuses(oneOp(OpKind::normalizeGradient, {{3, 2}, {3, 2}, {3}, {2, 3}}, {0, 1, 2, 3, 1}),
          "operation 0 (normalizeGradient): value 3: size 2 of axis 0, not 3");
  refuses(oneOp(OpKind::gather, {{3, 2}, {2}, {2, 2}}, {0, 1, 2}),
          "operation 0 (gather): value 1: dtype 0, not 1");
  refuses(oneOp(OpKind::shardScatter, {{3, 2}, {3}, {1, 4, 2}}, {0, 1, 2, 2, 0, 3}),
          "operation 0 (shardScatter): value 1: dtype 0, not 1");
  refuses(oneOp(OpKind::attention, {{1, 2, 6}, {1, 2, 2}, {1, 2, 2}}, {0, 1, 2, 4, 0}),
          "operation 0 (attention): 4 heads of 6 numbers");
  refuses(oneOp(OpKind::attention, {{1, 2, 6}, {1, 2, 2}, {1, 2, 2}}, {0, 1, 2, 0, 0}),
          "operation 0 (attention): 0 heads of 6 numbers");
  refuses(oneOp(OpKind::attention, {{1, 2, 6}, {1, 2, 2}, {1, 2, 3}}, {0, 1, 2, 2, 0}),
          "operation 0 (attention): value 2: size 3 of axis 2, not 2");
  refuses(oneOp(OpKind::attentionGradient,
                {{1, 2, 2}, {1, 2, 6}, {1, 2, 2}, {1, 2, 2}, {1, 6, 2}}, {0, 1, 2, 3, 4, 2, 0}),
          "operation 0 (attentionGradient): value 4: size 6 of axis 1, not 2");
  refuses(oneOp(OpKind::sgd, {{3}, {3}, {3}, {8}, {3}, {3}}, {0, 1, 2, 3, 4, 5}),
          "operation 0 (sgd): value 3: size 8 of axis 0, not 4");
  refuses(oneOp(OpKind::adamw, {{3}, {3}, {3}, {3}, {8}, {3}, {3}, {4}}, {0, 1, 2, 3, 4, 5, 6, 7}),
          "operation 0 (adamw): value 7: size 4 of axis 0, not 3");
}

// A value that an operation may not touch at all.
void places() {
  ProgramWords unbound;
  unbound.value({2}, kUnbound, 0);
  unbound.value({2}, 0, 64);
  unbound.map(ElementFunction::relu, {0}, 1);
  refuses(unbound.words(), "operation 0 (map): value 0 is not bound");
  ProgramWords part;
  part.value({4}, 0, 0);
  part.value({2}, kPart, 0, kF32, 0);
  part.value({2}, 0, 64);
  part.map(ElementFunction::relu, {2}, 1);
  refuses(part.words(), "operation 0 (map): writes value 1, a part");
}

void softmaxOperations() {
  refuses(oneOp(OpKind::reduce, {{3, 2}, {3}}, {0, 1, 2}), "operation 0 (reduce): how is 2");
  refuses(oneOp(OpKind::reduce, {{3}, {}}, {0, 1, 0}),
          "operation 0 (reduce): value 0: dtype 0 and rank 1, needed are rows of f32");
  refuses(oneOp(OpKind::reduce, {{3, 2}, {2}}, {0, 1, 1}),
          "operation 0 (reduce): value 1: size 2 of axis 0, not 3");
  refuses(oneOp(OpKind::softmax, {{3, 2}, {3, 2}}, {0, 1, 2}), "operation 0 (softmax): log is 2");
  refuses(oneOp(OpKind::softmax, {{3, 2}, {2, 3}}, {0, 1, 0}),
          "operation 0 (softmax): value 1: size 2 of axis 0, not 3");
  refuses(oneOp(OpKind::softmaxGradient, {{3, 2}, {3}, {3, 2}}, {0, 1, 2, 0}),
          "operation 0 (softmaxGradient): value 1: rank 1, not 2");
  refuses(oneOp(OpKind::softmaxGradient, {{3, 2}, {3, 2}, {3, 1}}, {0, 1, 2, 1}),
          "operation 0 (softmaxGradient): value 2: size 1 of axis 1, not 2");
}

void batches() {
  refuses(oneOp(OpKind::batchMatmul, {{2, 2, 3}, {2, 3, 2}, {2, 2, 2}}, {0, 1, 2, 4}),
          "operation 0 (batchMatmul): flags 0x4");
  refuses(oneOp(OpKind::batchMatmul, {{3}, {3}, {1}}, {0, 1, 2, 0}),
          "operation 0 (batchMatmul): value 0: dtype 0 and rank 1, needed are rows of f32");
  refuses(oneOp(OpKind::batchMatmul, {{2, 2, 3}, {3, 2}, {2, 2, 2}}, {0, 1, 2, 0}),
          "operation 0 (batchMatmul): value 1: rank 2, not 3");
  refuses(oneOp(OpKind::batchMatmul, {{2, 2, 3}, {1, 3, 2}, {2, 2, 2}}, {0, 1, 2, 0}),
          "operation 0 (batchMatmul): value 1: size 1 of axis 0, not 2");
  refuses(oneOp(OpKind::batchMatmul, {{2, 2, 3}, {2, 2, 2}, {2, 2, 2}}, {0, 1, 2, 0}),
          "operation 0 (batchMatmul): value 1: size 2 of axis 1, not 3");
  refuses(oneOp(OpKind::batchMatmul, {{2, 2, 3}, {2, 2, 3}, {2, 2, 3}}, {0, 1, 2, kTransposeB}),
          "operation 0 (batchMatmul): value 2: size 3 of axis 2, not 2");
  refuses(oneOp(OpKind::batchMatmul, {{2, 3, 2}, {2, 3, 1}, {2, 3, 1}}, {0, 1, 2, kTransposeA}),
          "operation 0 (batchMatmul): value 2: size 3 of axis 1, not 2");
}

// A view of {2, 3, 4}, whose index has the sizes 3 and 2.
std::vector<int32_t> oneView(int32_t offset, int32_t size, int32_t stride) {
  return oneOp(OpKind::view, {{2, 3, 4}, {2, 3, 2}},
               {0, 1, offset, 3, size, 1, 1, 1, 1, 1, 4, stride, 0, 0, 0, 0, 0});
}

void views() {
  refuses(oneView(0, 3, 1), "operation 0 (view): a view of 9 elements, value 1 has 6");
  refuses(oneView(0, -2, 1), "operation 0 (view): size -2 and stride 1 of axis 1");
  refuses(oneView(0, 2, INT32_MIN),
          "operation 0 (view): size 2 and stride -2147483648 of axis 1");
  refuses(oneView(-1, 2, 1), "operation 0 (view): elements -1 to 8 of 12");
  refuses(oneView(3, 2, 1), "operation 0 (view): elements 3 to 12 of 12");
  refuses(oneView(0, 2, -1), "operation 0 (view): elements -1 to 8 of 12");
  refuses(oneOp(OpKind::view, {{2, 3}, {3, 3}},
                {0, 1, 0, 3, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0}),
          "operation 0 (view): value 1: dtype 0 and rank 2, needed is f32 of one first size");
  refuses(oneOp(OpKind::viewGradient, {{2, 3}, {2, 3}},
                {0, 1, 1, 3, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0}),
          "operation 0 (viewGradient): elements 1 to 3 of 3");
  refuses(oneOp(OpKind::view, {{2, 3}, {2, 3}}, {0, 1, 0, 3}),
          "operation 0 (view): 6 words, needed are 19 and left are 6");
}

void shardSums() {
  refuses(oneOp(OpKind::shardMatmul, {{3, 2}, {3, 2}, {2, 2, 2}}, {0, 1, 2, 1, 3, 0, 1, 3}),
          "operation 0 (shardMatmul): value 2: rank 3, not 2");
  refuses(oneOp(OpKind::shardMatmul, {{3, 2}, {3, 2}, {2, 1}}, {0, 1, 2, 1, 3, 0, 1, 3}),
          "operation 0 (shardMatmul): value 2: size 1 of axis 1, not 2");
}

// A map of values 64 bytes apart: `sizes` of the inputs and the out, then its words.
std::vector<int32_t> oneMap(std::initializer_list<std::initializer_list<int32_t>> sizes,
                            std::initializer_list<int32_t> fields) {
  return oneOp(OpKind::map, sizes, fields);
}

void maps() {
  constexpr auto kCopy = static_cast<int32_t>(ElementFunction::copy);
  refuses(oneMap({{2}, {3}}, {1, 1, 0, 0, 1, 0, 1, kCopy, 1, 0, 0, 0, 0}),
          "operation 0 (map): value 0: size 2 of axis 0, not 1 or 3");
  refuses(oneMap({{2, 2}, {2}}, {1, 1, 0, 0, 1, 0, 1, kCopy, 1, 0, 0, 0, 0}),
          "operation 0 (map): value 0: dtype 0 and rank 2 in a map of rank 1");
  refuses(oneMap({{2}}, {1, 1, 0, 0, 1, 0, 0, kCopy, 1, 0, 0, 0, 0}),
          "operation 0 (map): output 0 shares memory with value 0");
  refuses(oneMap({{2}, {2}}, {0, 1, 0, 0, 1, 1, kCopy, 0, 0, 0, 0, 0}),
          "operation 0 (map): 0 inputs and 1 outs, together they are at most 8");
  refuses(oneMap({{2}, {2}}, {1, 8, 0, 0, 1, 0, 1, kCopy, 1, 0, 0, 0, 0}),
          "operation 0 (map): 1 inputs and 8 outs, together they are at most 8");
  refuses(oneMap({{2}, {2}}, {1, 1, 2, 1, 1, 0, 1, kCopy, 1, 0, 0, 0, 0}),
          "operation 0 (map): 2 constants in 1 registers, the limit is 256");
  refuses(oneMap({{2}, {2}}, {1, 1, 0, 257, 1, 0, 1, kCopy, 1, 0, 0, 0, 0}),
          "operation 0 (map): 0 constants in 257 registers, the limit is 256");
  refuses(oneMap({{2}, {2}}, {1, 1, 0, 0, 0, 0, 1}),
          "operation 0 (map): 0 steps, limits are 1 and 512");
  refuses(oneMap({{2}, {2}}, {1, 1, 0, 0, 2, 0, 1, kCopy, 1, 0, 0, 0, 0}),
          "operation 0 (map): 15 words, it has 21");
  refuses(oneMap({{2}, {2}}, {1, 1, 0, 0, 1, 0, 1, 13, 1, 0, 0, 0, 0}),
          "operation 0 (map): unknown function 13");
  refuses(oneMap({{2}, {2}}, {1, 1, 0, 1, 1, 0, 1, kCopy, 1, 2, 0, 0, 0}),
          "operation 0 (map): a step reads place 2 before it is written");
  refuses(oneMap({{2}, {2}}, {1, 1, 0, 0, 1, 0, 1, kCopy, 1, -1, 0, 0, 0}),
          "operation 0 (map): a step reads place -1 before it is written");
  refuses(oneMap({{2}, {2}}, {1, 1, 0, 0, 1, 0, 1, kCopy, 0, 0, 0, 0, 0}),
          "operation 0 (map): a step writes place 0");
  refuses(oneMap({{2}, {2}}, {1, 1, 1, 1, 1, 0, 1, 0, kCopy, 2, 0, 0, 0, 0}),
          "operation 0 (map): a step writes place 2");
  refuses(oneMap({{2}, {2}}, {1, 1, 0, 1, 1, 0, 1, kCopy, 2, 0, 0, 0, 0}),
          "operation 0 (map): no step writes out 0");
  refuses(oneOp(OpKind::shardColumnSum, {{}, {1}}, {0, 1, 2, 0, 1}),
          "operation 0 (shardColumnSum): value 0: dtype 0 and rank 0, needed are rows of f32");
}

}  // namespace

int main() {
  headers();
  values();
  operations();
  dtypes();
  softmaxOperations();
  batches();
  views();
  shardSums();
  places();
  maps();
  return report();
}
