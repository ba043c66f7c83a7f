// KERNELS-H1, NUMERICS-N6: however an operation is cut and on however many lanes it runs, its bits
// are the same; a call that is interrupted returns in time.
#include <chrono>
#include <tuple>

#include "cpu/operations.h"
#include "testing/check.h"
#include "testing/program_words.h"

using namespace ganglion::cpu;
using namespace ganglion::testing;

namespace {

// Measured are 0.2 to 3.3 ms; tests share their machine, and those of AArch64 are emulated. Without
// polls the products of the scalar level alone would take seconds, emulated many minutes.
#if defined(__aarch64__)
constexpr std::chrono::milliseconds kLateMost{2000};
#else
constexpr std::chrono::milliseconds kLateMost{100};
#endif

// A program with every operation, and memory for it.
class Everything {
 public:
  // Rows are `rows`, columns around `columns`; there are 4 shards of uneven sizes.
  Everything(int32_t rows, int32_t columns) : rows_(rows), columns_(columns) {
    const int32_t a = f32({rows, columns});
    const int32_t b = f32({columns, columns + 9});
    const int32_t bias = f32({columns + 9});
    const int32_t indices = labels({rows});
    products(a, b, bias);
    shards(a, indices);
    rowOperations(a, indices);
    attention();
    views(a);
    optimizers(a);
    const int32_t column = f32({rows, 1});
    const int32_t scaled = f32({rows, columns});
    const int32_t sum = f32({rows, columns});
    words_.map(ElementFunction::multiply, {a, column}, scaled);
    words_.map(ElementFunction::exp, {scaled}, sum);
  }

  std::vector<int32_t> words() const { return words_.words(); }

  std::vector<float> memory() const {
    std::vector<float> all = randomFloats(1, static_cast<int64_t>(next_));
    for (const uint32_t at : labelsAt_) {
      auto* from = reinterpret_cast<int32_t*>(all.data() + at);
      for (int32_t i = 0; i < rows_; i++) from[i] = i * 7 % columns_;
    }
    return all;
  }

 private:
  int32_t f32(std::initializer_list<int32_t> sizes) {
    const uint32_t at = next_;
    uint32_t elements = 1;
    for (const int32_t size : sizes) elements *= static_cast<uint32_t>(size);
    next_ += elements;
    return words_.value(sizes, 0, 4 * at);
  }
  int32_t labels(std::initializer_list<int32_t> sizes) {
    labelsAt_.push_back(next_);
    return i32(sizes);
  }
  int32_t i32(std::initializer_list<int32_t> sizes) {
    const uint32_t at = next_;
    uint32_t elements = 1;
    for (const int32_t size : sizes) elements *= static_cast<uint32_t>(size);
    next_ += elements;
    return words_.value(sizes, 0, 4 * at, kI32);
  }

  int32_t bf16(std::initializer_list<int32_t> sizes) {
    const uint32_t at = next_;
    uint32_t elements = 1;
    for (const int32_t size : sizes) elements *= static_cast<uint32_t>(size);
    next_ += (elements + 1) / 2;
    return words_.value(sizes, 0, 4 * at, kBf16);
  }

  void products(int32_t a, int32_t b, int32_t bias) {
    const int32_t n = columns_ + 9;
    words_.op(OpKind::matmul, {a, b, f32({rows_, n}), bias, kRelu});
    const int32_t wide = f32({n, columns_});
    words_.op(OpKind::matmul, {a, wide, f32({rows_, n}), -1, kTransposeB});
    const int32_t tall = f32({columns_, rows_});
    words_.op(OpKind::matmul, {tall, b, f32({rows_, n}), -1, kTransposeA});
    const int32_t batchA = f32({3, rows_, 20});
    const int32_t batchB = f32({3, columns_, 20});
    words_.op(OpKind::batchMatmul, {batchA, batchB, f32({3, rows_, columns_}), kTransposeB});
    const int32_t left = bf16({rows_, columns_});
    const int32_t right = bf16({columns_, n});
    words_.op(OpKind::uniform, {i32({rows_, 2}), f32({rows_, columns_, 3}), 5, 6, 7});
    words_.op(OpKind::cast, {a, left});
    words_.op(OpKind::cast, {b, right});
    words_.op(OpKind::matmul, {left, right, f32({rows_, n}), bias, 0});
  }
  void shards(int32_t a, int32_t indices) {
    const int32_t gradient = f32({rows_, columns_ + 9});
    const int32_t e[] = {0, 1, rows_ / 2, rows_ / 2, rows_};
    const int32_t apart = f32({4, columns_, columns_ + 9});
    const int32_t sum = f32({columns_, columns_ + 9});
    words_.op(OpKind::shardMatmul, {a, gradient, apart, 0, 5, e[0], e[1], e[2], e[3], e[4]});
    words_.op(OpKind::shardMatmul, {a, gradient, sum, 1, 5, e[0], e[1], e[2], e[3], e[4]});
    const int32_t sums = f32({4, columns_ + 9});
    words_.op(OpKind::shardColumnSum, {gradient, sums, 5, e[0], e[1], e[2], e[3], e[4]});
    const int32_t scattered = f32({4, columns_, columns_ + 9});
    words_.op(OpKind::shardScatter,
              {gradient, indices, scattered, 5, e[0], e[1], e[2], e[3], e[4]});
  }
  void rowOperations(int32_t a, int32_t indices) {
    const auto wide = [&] { return f32({rows_, columns_}); };
    const auto narrow = [&] { return f32({rows_}); };
    int32_t epsilon;
    const float small = 1e-5f;
    memcpy(&epsilon, &small, sizeof epsilon);
    words_.op(OpKind::softmaxCrossEntropy, {a, indices, narrow(), wide(), epsilon});
    words_.op(OpKind::argmax, {a, i32({rows_})});
    words_.op(OpKind::reduce, {a, narrow(), 0});
    words_.op(OpKind::reduce, {a, narrow(), 1});
    const int32_t shares = wide();
    words_.op(OpKind::softmax, {a, shares, 1});
    words_.op(OpKind::softmaxGradient, {a, shares, wide(), 1});
    const int32_t normal = wide();
    const int32_t scale = narrow();
    words_.op(OpKind::normalize, {a, normal, scale, 1, epsilon});
    words_.op(OpKind::normalizeGradient, {a, normal, scale, wide(), 1});
    words_.op(OpKind::gather, {f32({columns_, 20}), indices, f32({rows_, 20})});
  }
  void attention() {
    const int32_t half = 0x3f000000;
    const int32_t qkv = f32({3, rows_, 30});
    const int32_t out = f32({3, rows_, 10});
    const int32_t logSum = f32({3, 2, rows_});
    words_.op(OpKind::attention, {qkv, out, logSum, 2, half});
    const int32_t gradient = f32({3, rows_, 10});
    const int32_t back = f32({3, rows_, 30});
    words_.op(OpKind::attentionGradient, {gradient, qkv, out, logSum, back, 2, half});
  }
  // Overlapping windows of two neighbours, backwards, and their gradient.
  void views(int32_t a) {
    const int32_t c = columns_;
    const std::vector<int32_t> fields{c - 1, 1, c - 1, 2, 1, 1, 1, 1, 0, -1, -1, 0, 0, 0, 0};
    const int32_t windows = f32({rows_, c - 1, 2});
    const int32_t back = f32({rows_, c});
    for (const auto& [kind, from, to] : {std::tuple{OpKind::view, a, windows},
                                         std::tuple{OpKind::viewGradient, windows, back}}) {
      std::vector<int32_t> all{from, to};
      all.insert(all.end(), fields.begin(), fields.end());
      words_.op(kind, all);
    }
  }
  void optimizers(int32_t a) {
    const auto same = [&] { return f32({rows_, columns_}); };
    words_.op(OpKind::sgd, {a, same(), same(), f32({4}), same(), same()});
    words_.op(OpKind::adamw, {a, same(), same(), same(), f32({8}), same(), same(), same()});
  }

  int32_t rows_, columns_;
  ProgramWords words_;
  uint32_t next_ = 0;
  std::vector<uint32_t> labelsAt_;
};

void useMemory(Engine& engine, std::vector<float>& memory) {
  engine.arenas.arenas[0] = {reinterpret_cast<char*>(memory.data()),
                             memory.size() * sizeof(float)};
}

std::vector<float> runWhole(const Everything& everything, const Level& level, int lanes) {
  std::vector<float> memory = everything.memory();
  Engine engine;
  engine.level = &level;
  CHECK(engine.lanes.resize(lanes, false));
  useMemory(engine, memory);
  Message message;
  const std::vector<int32_t> words = everything.words();
  const Outcome outcome = run(&engine, words.data(), words.size(), &message);
  if (!CHECK(outcome == Outcome::done)) printf("  %s\n", message.text);
  return memory;
}

// Every operation cut into `count` pieces, the last first.
std::vector<float> runCut(const Everything& everything, const Level& level, int64_t count) {
  std::vector<float> memory = everything.memory();
  Engine engine;
  engine.level = &level;
  useMemory(engine, memory);
  Message message;
  const std::vector<int32_t> words = everything.words();
  CHECK(decode(words.data(), words.size(), engine.arenas, &engine.program, &message));
  CHECK(engine.workspace.reserve(*level.kernels, 1 << 20, 1));
  for (const Op& op : engine.program.ops) {
    for (int64_t i = count - 1; i >= 0; i--) operationOf(op.kind).run(engine, op, {i, count, 0});
  }
  return memory;
}

void cuts(int32_t rows, int32_t columns) {
  const Everything everything(rows, columns);
  const std::vector<float> expected =
      runWhole(everything, {"scalar", &kScalarKernels}, 1);
  CHECK(differing(expected, everything.memory()) > rows * columns);
  forEachLevel([&](const Level& level) {
    for (const int64_t count : {1, 2, 3, 5, 16, 100}) {
      const std::vector<float> found = runCut(everything, level, count);
      if (!CHECK(differing(found, expected) == 0)) {
        printf("  %s, %d rows, %lld pieces\n", level.name, rows, static_cast<long long>(count));
      }
    }
  });
}

// Large enough that all operations are shared among the lanes.
void lanes() {
  const Everything everything(600, 300);
  const Level& level = availableLevels().levels[0];
  const std::vector<float> expected = runWhole(everything, level, 1);
  for (const int count : {2, 3, 7}) {
    CHECK(differing(runWhole(everything, level, count), expected) == 0);
  }
}

// Long kernels that ask by themselves and many short pieces; the interrupt comes after some
// milliseconds and the call ends some milliseconds after it.
void interrupts(const Level& level, int lanes, const ProgramWords& program, size_t floats) {
  using Clock = std::chrono::steady_clock;
  struct Alarm {
    Clock::time_point at;
  } alarm;
  const auto raised = [](void* context) {
    return Clock::now() >= static_cast<Alarm*>(context)->at;
  };
  std::vector<float> memory(floats);
  Engine engine({raised, &alarm});
  engine.level = &level;
  CHECK(engine.lanes.resize(lanes, false));
  useMemory(engine, memory);
  Message message;
  const std::vector<int32_t> words = program.words();
  alarm.at = Clock::now() + std::chrono::milliseconds(10);
  CHECK(run(&engine, words.data(), words.size(), &message) == Outcome::interrupted);
  const auto late = Clock::now() - alarm.at;
  CHECK(late < kLateMost);
  // The next call begins anew.
  alarm.at = Clock::now() + std::chrono::hours(1);
  const std::vector<int32_t> nothing = ProgramWords().words();
  CHECK(run(&engine, nothing.data(), nothing.size(), &message) == Outcome::done);
}

void interruptions() {
  ProgramWords product;
  product.value({2048, 2048}, 0, 0);
  product.value({2048, 2048}, 0, 4u << 22);
  product.value({2048, 2048}, 0, 8u << 22);
  for (int i = 0; i < 20; i++) product.op(OpKind::matmul, {0, 1, 2, -1, 0});
  ProgramWords maps;
  maps.value({1 << 22}, 0, 0);
  maps.value({1 << 22}, 0, 4u << 22);
  for (int i = 0; i < 200; i++) maps.map(ElementFunction::exp, {0}, 1);
  ProgramWords heads;
  heads.value({1, 8192, 96}, 0, 0);
  heads.value({1, 8192, 32}, 0, 4u << 21);
  heads.value({1, 1, 8192}, 0, 4u << 22);
  for (int i = 0; i < 20; i++) heads.op(OpKind::attention, {0, 1, 2, 1, 0});
  for (const int lanes : {1, 2}) {
    for (const Level& level : {availableLevels().levels[0], Level{"scalar", &kScalarKernels}}) {
      interrupts(level, lanes, product, 3u << 22);
      interrupts(level, lanes, maps, 2u << 22);
      interrupts(level, lanes, heads, 2u << 22);
    }
  }
}

}  // namespace

int main() {
  cuts(2, 3);
  cuts(7, 65);
  cuts(130, 200);
  lanes();
  interruptions();
  CHECK(Workspace::liveBytes() == 0);
  return report();
}
