// PROGRAM-2: no word makes a program reach outside its arenas.
#include "testing/program_fixture.h"

using namespace ganglion::cpu;
using namespace ganglion::testing;

namespace {

constexpr size_t kLabels = 48;

// A step of a small network.
std::vector<int32_t> network() {
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
  return p.words();
}

// The operations that `network` has none of, and a sum over shards.
std::vector<int32_t> others() {
  ProgramWords p;
  const int32_t a = p.value({2, 2, 3}, 0, 0);
  const int32_t b = p.value({2, 3, 2}, 0, 256);
  const int32_t scores = p.value({2, 2, 2}, 0, 320);
  const int32_t shares = p.value({2, 2, 2}, 0, 384);
  const int32_t gradient = p.value({2, 2, 2}, 0, 448);
  const int32_t sums = p.value({2, 2}, 0, 512);
  const int32_t largest = p.value({2, 2}, 0, 1008);
  const int32_t total = p.value({2, 2}, 0, 576);
  const int32_t wide = p.value({2, 3, 3}, 0, 768);
  const int32_t normal = p.value({2, 2, 3}, 0, 704);
  const int32_t scale = p.value({2, 2}, 0, 128);
  const int32_t back = p.value({2, 2, 3}, 0, 912);
  const int32_t indices = p.value({2, 2}, 0, 4 * kLabels, kI32);
  const int32_t scattered = p.value({2, 2, 3}, 0, 864);
  const int32_t columns = p.value({2, 2}, 0, 640);
  const int32_t hyper = p.value({4}, 0, 64);
  const int32_t adamHyper = p.value({8}, 0, 208);
  const int32_t second = p.value({2, 2}, 0, 144);
  const int32_t next[] = {p.value({2, 2}, 0, 96), p.value({2, 2}, 0, 112), p.value({2, 2}, 0, 160)};
  p.op(OpKind::batchMatmul, {a, b, scores, 0});
  p.op(OpKind::softmax, {scores, shares, 1});
  p.op(OpKind::softmaxGradient, {scores, shares, gradient, 1});
  p.op(OpKind::reduce, {gradient, sums, 0});
  p.op(OpKind::reduce, {shares, largest, 1});
  p.op(OpKind::shardMatmul, {sums, largest, total, 1, 3, 0, 1, 2});
  p.op(OpKind::batchMatmul, {a, b, wide, kTransposeA | kTransposeB});
  p.op(OpKind::normalize, {a, normal, scale, 1, floatWord(1e-5f)});
  p.op(OpKind::normalizeGradient, {a, normal, scale, back, 1});
  p.op(OpKind::shardScatter, {a, indices, scattered, 3, 0, 1, 4});
  p.op(OpKind::shardColumnSum, {sums, columns, 3, 0, 1, 2});
  const int32_t windows = p.value({2, 2, 2}, 0, 224);
  p.op(OpKind::view, {a, windows, 2, 1, 2, 2, 1, 1, 1, 1, 0, 3, -1, 0, 0, 0, 0});
  p.op(OpKind::viewGradient, {windows, back, 2, 1, 2, 2, 1, 1, 1, 1, 0, 3, -1, 0, 0, 0, 0});
  const int32_t left = p.value({2, 2}, 0, 992, kBf16);
  const int32_t right = p.value({2, 2}, 0, 1000, kBf16);
  const int32_t drawn = p.value({2, 2}, 0, 960);
  p.op(OpKind::uniform, {indices, drawn, 7, 9, 11});
  p.op(OpKind::cast, {sums, left});
  p.op(OpKind::cast, {total, right});
  p.op(OpKind::matmul, {left, right, columns, -1, 0});
  p.op(OpKind::sgd, {sums, total, largest, hyper, next[0], next[1]});
  p.op(OpKind::adamw, {sums, total, largest, second, adamHyper, next[0], next[1], next[2]});
  return p.words();
}

// Random words changed in a valid program; the sanitizer watches the arena, which has its exact
// size.
void mutations(const std::vector<int32_t>& valid) {
  const auto prepare = [](ProgramFixture& f) {
    for (size_t i = 0; i < 4; i++) f.labels(kLabels)[i] = 1;
  };
  {
    ProgramFixture f;
    prepare(f);
    if (!CHECK(f.runWords(valid) == Outcome::done)) printf("  %s\n", f.message.text);
  }
  Random random(7);
  int ran = 0;
  for (int round = 0; round < 20000; round++) {
    ProgramFixture f;
    prepare(f);
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
  mutations(network());
  mutations(others());
  CHECK(Workspace::liveBytes() == 0);
  return report();
}
