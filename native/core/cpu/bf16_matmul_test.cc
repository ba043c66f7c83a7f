// NUMERICS-N1 of products of bf16 factors: on every level the bits of the chain that
// bf16_matmul.inc states.
#include <algorithm>

#include "testing/check.h"

using namespace ganglion::cpu;
using namespace ganglion::testing;

namespace {

struct Product {
  int64_t m, n, k;
  bool transposeA, transposeB, bias, relu;
};

struct Data {
  std::vector<uint16_t> a, b;
  std::vector<float> bias;
};

uint16_t upperHalf(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return static_cast<uint16_t>(bits >> 16);
}

float widened(uint16_t half) {
  const uint32_t bits = static_cast<uint32_t>(half) << 16;
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

std::vector<uint16_t> halves(const std::vector<float>& values) {
  std::vector<uint16_t> found;
  for (const float x : values) found.push_back(upperHalf(x));
  return found;
}

Data dataOf(const Product& p) {
  return {halves(randomFloats(1, p.m * p.k)), halves(randomFloats(2, p.k * p.n)),
          randomFloats(3, p.n)};
}

std::vector<float> run(const Level& level, const Product& p, const Data& data, int64_t from,
                       int64_t to) {
  Workspace workspace;
  CHECK(workspace.reserve(*level.kernels, 0, 1));
  std::vector<float> out(static_cast<size_t>((to - from) * p.n), -7.0f);
  level.kernels->bf16Matmul({
      .a = data.a.data() + (p.transposeA ? from : from * p.k),
      .b = data.b.data(),
      .out = out.data(),
      .bias = p.bias ? data.bias.data() : nullptr,
      .m = to - from,
      .n = p.n,
      .k = p.k,
      .strideA = p.transposeA ? p.m : p.k,
      .strideB = p.transposeB ? p.k : p.n,
      .strideOut = p.n,
      .transposeA = p.transposeA,
      .transposeB = p.transposeB,
      .relu = p.relu,
      .packA = workspace.packA(0),
      .packB = workspace.packB(0),
      .poll = {},
  });
  return out;
}

float flushed(float x) { return std::fabs(x) < 0x1p-126f ? std::copysign(0.0f, x) : x; }

std::vector<float> chains(const Product& p, const Data& data) {
  const auto a = [&](int64_t i, int64_t k) {
    if (k == p.k) return 0.0f;
    return flushed(widened(data.a[static_cast<size_t>(p.transposeA ? k * p.m + i : i * p.k + k)]));
  };
  const auto b = [&](int64_t k, int64_t j) {
    if (k == p.k) return 0.0f;
    return flushed(widened(data.b[static_cast<size_t>(p.transposeB ? j * p.k + k : k * p.n + j)]));
  };
  std::vector<float> out;
  for (int64_t i = 0; i < p.m; i++) {
    for (int64_t j = 0; j < p.n; j++) {
      float sum = 0;
      for (int64_t k = 0; k < p.k; k += 2) {
        sum = flushed(std::fma(a(i, k + 1), b(k + 1, j), sum));
        sum = flushed(std::fma(a(i, k), b(k, j), sum));
      }
      if (p.bias) sum = flushed(sum + flushed(data.bias[static_cast<size_t>(j)]));
      if (p.relu) sum = sum < 0 ? 0 : sum;
      out.push_back(sum);
    }
  }
  return out;
}

void checkProduct(const Product& p, const Data& data) {
  const std::vector<float> expected = chains(p, data);
  forEachLevel([&](const Level& level) {
    if (CHECK(differing(run(level, p, data, 0, p.m), expected) == 0)) return;
    printf("  %s: %lld x %lld x %lld, transposes %d %d, bias %d, relu %d\n", level.name,
           static_cast<long long>(p.m), static_cast<long long>(p.n), static_cast<long long>(p.k),
           p.transposeA, p.transposeB, p.bias, p.relu);
  });
}

void allForms(int64_t m, int64_t n, int64_t k) {
  for (int form = 0; form < 16; form++) {
    const Product p{m, n, k, (form & 1) != 0, (form & 2) != 0, (form & 4) != 0, (form & 8) != 0};
    checkProduct(p, dataOf(p));
  }
}

void sizes() {
  for (int64_t m : {0, 1, 3, 9, 17}) {
    for (int64_t n : {0, 1, 16, 33, 49}) {
      for (int64_t k : {0, 1, 2, 7, 16, 33}) allForms(m, n, k);
    }
  }
}

// On both sides of every block: rows 96, columns 1024, depth 512 or 1024.
void blocks() {
  allForms(97, 49, 515);
  allForms(101, 50, 1030);
  allForms(5, 1041, 4);
}

// A batch run in parts gives the bits of the whole.
void splits() {
  const Product p{131, 47, 300, true, false, true, true};
  const Data data = dataOf(p);
  forEachLevel([&](const Level& level) {
    const std::vector<float> whole = run(level, p, data, 0, p.m);
    for (int64_t cut : {1, 8, 65, 130}) {
      std::vector<float> parts = run(level, p, data, 0, cut);
      const std::vector<float> rest = run(level, p, data, cut, p.m);
      parts.insert(parts.end(), rest.begin(), rest.end());
      CHECK(differing(parts, whole) == 0);
    }
  });
}

// Elements drawn from `a` times elements drawn from `b`.
void checkDrawn(const std::vector<float>& a, const std::vector<float>& b) {
  const Product p{9, 17, 65, false, false, true, false};
  Data data = dataOf(p);
  Random random(5);
  for (uint16_t& x : data.a) x = upperHalf(a[random.below(a.size())]);
  for (uint16_t& x : data.b) x = upperHalf(b[random.below(b.size())]);
  for (float& x : data.bias) x = a[random.below(a.size())];
  checkProduct(p, data);
}

// Products and sums that are subnormal, subnormal factors that would count, and what is not finite.
void specials() {
  const std::vector<float> small = {1e-20f, 3e-19f, -2e-20f, -1e-19f, 5e-20f};
  checkDrawn(small, small);
  checkDrawn({1e-39f, -2e-39f, 0.0f, -0.0f}, {1e38f, -1e38f, 1e30f});
  checkDrawn({1e-39f, -0.0f, 1e-38f}, {1.0f, -0.25f});
  const std::vector<float> huge = {1e38f, -1e38f, INFINITY, 1.0f, 0.0f, -1.0f, 2.0f, 1e20f};
  checkDrawn(huge, huge);
  checkDrawn(huge, {NAN, 1.0f, 2.0f, 1.0f});
}

// A kernel leaves the thread's treatment of subnormal numbers as it was.
void subnormalsStay() {
  const Product p{2, 3, 4, false, false, false, false};
  const Data data = dataOf(p);
  volatile float least = 1e-42f;
  forEachLevel([&](const Level& level) {
    run(level, p, data, 0, p.m);
    CHECK(least * 2.0f > 0);
  });
}

}  // namespace

int main() {
  sizes();
  blocks();
  splits();
  specials();
  subnormalsStay();
  return report();
}
