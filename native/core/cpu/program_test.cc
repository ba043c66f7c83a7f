// PROGRAM-1: whole programs run; labels and memory are judged before anything is written.
#include "testing/program_fixture.h"

using namespace ganglion::cpu;
using namespace ganglion::testing;

namespace {

// A network's forward and backward step over 4 rows in 2 shards.
void wholeProgram() {
  ProgramFixture f;
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
    ProgramFixture f;
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
    ProgramFixture f;
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
  ProgramFixture f;
  f.engine.level = &level;
  const std::vector<float> before = f.memory;
  CHECK(f.runWords(p.words()) == Outcome::outOfMemory);
  CHECK(strcmp(f.message.text, "no memory is left for the scratch of kernels") == 0);
  CHECK(differing(f.memory, before) == 0);
  f.engine.level = &availableLevels().levels[0];
  CHECK(f.runWords(p.words()) == Outcome::done);
  CHECK(Workspace::liveBytes() > 0 && Workspace::liveBytes() < 4u << 20);
}

}  // namespace

int main() {
  wholeProgram();
  labels();
  outOfMemory();
  CHECK(Workspace::liveBytes() == 0);
  return report();
}
