// PROGRAM-1 to -3: whole programs run, malformed ones are refused with the reason and write
// nothing, and no word makes a program reach outside its arenas.
#include "execute.h"
#include "testing/check.h"
#include "testing/program_words.h"

using namespace ganglion::cpu;
using namespace ganglion::testing;

namespace {

constexpr uint64_t kArenaFloats = 256;

// One engine whose arena 0 is an exactly sized array.
struct Fixture {
  std::vector<float> memory = std::vector<float>(kArenaFloats, -7.0f);
  Engine engine;
  Message message;

  Fixture() {
    engine.arenas.arenas[0] = {reinterpret_cast<char*>(memory.data()),
                               memory.size() * sizeof(float)};
  }
  Outcome runWords(const std::vector<int32_t>& words) {
    return run(&engine, words.data(), words.size(), &message);
  }
  int32_t* labels(size_t at) { return reinterpret_cast<int32_t*>(memory.data() + at); }
};

void refuses(const std::vector<int32_t>& words, const char* reason,
             Outcome outcome = Outcome::malformed) {
  Fixture fixture;
  const std::vector<float> before = fixture.memory;
  CHECK(fixture.runWords(words) == outcome);
  if (!CHECK(strcmp(fixture.message.text, reason) == 0)) {
    printf("  expected: %s\n  found:    %s\n", reason, fixture.message.text);
  }
  CHECK(differing(fixture.memory, before) == 0);
}

int32_t floatWord(float x) {
  int32_t word;
  memcpy(&word, &x, sizeof word);
  return word;
}

// A network's forward and backward step over 4 rows in 2 shards.
void wholeProgram() {
  Fixture f;
  ProgramWords p;
  const int32_t x = p.value({4, 3}, 0, 0);
  const int32_t w = p.value({3, 2}, 0, 64);
  const int32_t b = p.value({2}, 0, 128);
  const int32_t labels = p.value({4}, 0, 192, kI32);
  const int32_t logits = p.value({4, 2}, 0, 256);
  const int32_t losses = p.value({4}, 0, 320);
  const int32_t gradient = p.value({4, 2}, 0, 384);
  const int32_t wGradients = p.value({2, 3, 2}, 0, 448);
  const int32_t bGradients = p.value({2, 2}, 0, 512);
  const int32_t first = p.value({3, 2}, kPart, 0, kF32, wGradients);
  const int32_t second = p.value({3, 2}, kPart, 24, kF32, wGradients);
  const int32_t total = p.value({3, 2}, 0, 576);
  const int32_t best = p.value({4}, 0, 640, kI32);
  p.op(OpKind::matmul, {x, w, logits, b, 0});
  p.op(OpKind::softmaxCrossEntropy, {logits, labels, losses, gradient, floatWord(0.25f)});
  p.op(OpKind::shardMatmul, {x, gradient, wGradients, 0, 3, 0, 1, 4});
  p.op(OpKind::shardColumnSum, {gradient, bGradients, 3, 0, 1, 4});
  p.map(ElementFunction::add, {first, second}, total);
  p.op(OpKind::argmax, {logits, best});
  for (size_t i = 0; i < 12; i++) f.memory[i] = static_cast<float>(i) - 5;
  for (size_t i = 0; i < 6; i++) f.memory[16 + i] = static_cast<float>(i % 3) - 1;
  f.memory[32] = 0.5f;
  f.memory[33] = -0.5f;
  for (size_t i = 0; i < 4; i++) f.labels(48)[i] = static_cast<int32_t>(i % 2);
  CHECK(f.runWords(p.words()) == Outcome::done);
  const float* m = f.memory.data();
  // Row 0: (-5, -4, -3) times columns (-1, 1, 0) and (0, -1, 1), with the bias.
  CHECK(m[64] == 1.5f && m[65] == 0.5f);
  CHECK(m[80] == std::fmax(m[80], 0) && m[80] < 0.32f && m[80] > 0.31f);
  float columns[2][2] = {};
  for (size_t i = 0; i < 4; i++) {
    for (size_t j = 0; j < 2; j++) columns[i == 0 ? 0 : 1][j] += m[96 + i * 2 + j];
  }
  for (size_t i = 0; i < 4; i++) CHECK(std::fabs(m[128 + i] - columns[i / 2][i % 2]) < 1e-6f);
  for (size_t i = 0; i < 6; i++) CHECK(m[144 + i] == m[112 + i] + m[118 + i]);
  for (size_t at = 0; at < 12; at++) {
    const size_t shard = at / 6, row = at % 6 / 2, column = at % 2;
    float product = 0;
    for (size_t i = shard == 0 ? 0 : 1; i < (shard == 0 ? 1u : 4u); i++) {
      product = std::fma(m[i * 3 + row], m[96 + i * 2 + column], product);
    }
    CHECK(sameBits(m[112 + at], product));
  }
  CHECK(f.labels(160)[0] == 0);
}

void headers() {
  ProgramWords empty;
  std::vector<int32_t> words = empty.words();
  Fixture f;
  CHECK(f.runWords(words) == Outcome::done);
  refuses({}, "a program of 0 words, limits are 8 and 4194304");
  words[0] = 1;
  refuses(words, "the words are no program: magic is 0x1");
  words[0] = kMagic;
  words[1] = 9;
  refuses(words, "format 9, known is 3");
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

// The first operation would write, the second has the bad label: nothing is written.
void labels() {
  ProgramWords p;
  const int32_t logits = p.value({2, 3}, 0, 0);
  const int32_t copy = p.value({2, 3}, 0, 64);
  const int32_t labelValues = p.value({2}, 0, 128, kI32);
  const int32_t losses = p.value({2}, 0, 192);
  const int32_t gradient = p.value({2, 3}, 0, 256);
  p.map(ElementFunction::relu, {logits}, copy);
  p.op(OpKind::softmaxCrossEntropy, {logits, labelValues, losses, gradient, 0});
  for (int32_t bad : {3, -1, INT32_MIN}) {
    Fixture f;
    f.labels(32)[0] = 2;
    f.labels(32)[1] = bad;
    const std::vector<float> before = f.memory;
    CHECK(f.runWords(p.words()) == Outcome::badLabel);
    CHECK(strstr(f.message.text, "of row 1 is not in [0, 3)") != nullptr);
    CHECK(differing(f.memory, before) == 0);
  }
  // Labels that an argmax of the program writes are judged by its columns, not by old memory.
  for (int32_t columns : {3, 4}) {
    ProgramWords q;
    const int32_t scores = q.value({2, columns}, 0, 512);
    const int32_t classes = q.value({2}, 0, 128, kI32);
    q.value({2, 3}, 0, 0);
    q.value({2}, 0, 192);
    q.value({2, 3}, 0, 256);
    q.op(OpKind::argmax, {scores, classes});
    q.op(OpKind::softmaxCrossEntropy, {2, classes, 3, 4, 0});
    Fixture f;
    f.labels(32)[0] = 99;
    CHECK(f.runWords(q.words()) == (columns == 3 ? Outcome::done : Outcome::badLabel));
  }
}

// A level that asks for more packing memory than there is.
void outOfMemory() {
  KernelTable huge = kScalarKernels;
  huge.packAFloats = int64_t{1} << 58;
  const Level level{"huge", &huge};
  ProgramWords p;
  p.value({2}, 0, 0);
  p.value({2}, 0, 64);
  p.map(ElementFunction::relu, {0}, 1);
  Fixture f;
  f.engine.level = &level;
  const std::vector<float> before = f.memory;
  CHECK(f.runWords(p.words()) == Outcome::outOfMemory);
  CHECK(strcmp(f.message.text, "no memory is left for the scratch of kernels") == 0);
  CHECK(differing(f.memory, before) == 0);
  f.engine.level = &availableLevels().levels[0];
  CHECK(f.runWords(p.words()) == Outcome::done);
  CHECK(Workspace::liveBytes() > 0 && Workspace::liveBytes() < 4u << 20);
}

// PROGRAM-2: random words changed in a valid program; the sanitizer watches the arena, which has
// its exact size.
void mutations() {
  ProgramWords p;
  p.value({4, 3}, 0, 0);
  p.value({3, 2}, 0, 64);
  p.value({2}, 0, 128);
  p.value({4}, 0, 192, kI32);
  p.value({4, 2}, 0, 256);
  p.value({4}, 0, 320);
  p.value({4, 2}, 0, 384);
  p.value({2, 3, 2}, 0, 448);
  p.value({3, 2}, kPart, 24, kF32, 7);
  p.value({3, 2}, 0, 512);
  p.value({4}, 0, 1008, kI32);
  p.value({2}, 0, 192);
  p.op(OpKind::matmul, {0, 1, 4, 2, kRelu});
  p.op(OpKind::softmaxCrossEntropy, {4, 3, 5, 6, 0});
  p.op(OpKind::shardMatmul, {0, 6, 7, 0, 3, 0, 2, 4});
  p.op(OpKind::map, {2, 1, 1, 3, 3, 8, 11, 9, floatWord(0.5f), 2, 4, 0, 1, 0, 0, 12, 5, 0, 4, 3, 1,
                     11, 2, 5, 0, 0, 0});
  p.op(OpKind::argmax, {4, 10});
  p.value({2, 2, 3}, 0, 0);
  p.value({2, 2, 1}, 0, 704);
  p.value({2, 1, 2}, 0, 768);
  p.value({2, 2, 3}, 0, 832);
  p.value({4, 2}, 0, 896);
  p.op(OpKind::attention, {12, 13, 14, 1, floatWord(0.5f)});
  p.op(OpKind::attentionGradient, {13, 12, 13, 14, 15, 1, floatWord(0.5f)});
  p.op(OpKind::gather, {1, 3, 16});
  const std::vector<int32_t> valid = p.words();
  {
    Fixture f;
    for (size_t i = 48; i < 52; i++) f.labels(i)[0] = 1;
    CHECK(f.runWords(valid) == Outcome::done);
  }
  Random random(7);
  int ran = 0;
  for (int round = 0; round < 20000; round++) {
    Fixture f;
    for (size_t i = 48; i < 52; i++) f.labels(i)[0] = 1;
    std::vector<int32_t> words = valid;
    for (uint64_t changes = random.below(3) + 1; changes > 0; changes--) {
      int32_t& word = words[random.below(words.size())];
      if (random.below(2) == 0) word = static_cast<int32_t>(random.next());
      else word += static_cast<int32_t>(random.below(7)) - 3;
    }
    if (random.below(20) == 0) words.resize(random.below(words.size() + 1));
    const Outcome outcome = f.runWords(words);
    ran += outcome == Outcome::done ? 1 : 0;
    CHECK(outcome == Outcome::done || f.message.text[0] != 0);
  }
  CHECK(ran > 100 && ran < 20000);
}

}  // namespace

int main() {
  wholeProgram();
  headers();
  values();
  operations();
  maps();
  labels();
  outOfMemory();
  mutations();
  CHECK(Workspace::liveBytes() == 0);
  return report();
}
