// NUMERICS-N1 of the matrix products: bits equal to one chain of fmaf, on every level, for any
// blocking, split of the rows, transposes and epilogue.
#include <algorithm>
#include <limits>

#include "testing/check.h"

using namespace ganglion::cpu;
using namespace ganglion::testing;

namespace {

struct Product {
  int64_t m, n, k;
  bool transposeA, transposeB, bias, relu;
};

struct Data {
  std::vector<float> a, b, bias;
};

Data dataOf(const Product& p) {
  return {randomFloats(1, p.m * p.k), randomFloats(2, p.k * p.n), randomFloats(3, p.n)};
}

// Exactly sized arrays, so that the sanitizer sees every access outside.
std::vector<float> run(const Level& level, const Product& p, const Data& data, int64_t from,
                       int64_t to) {
  Workspace workspace;
  CHECK(workspace.reserve(*level.kernels, 0, 1));
  std::vector<float> out(static_cast<size_t>((to - from) * p.n), -7.0f);
  const int64_t strideA = p.transposeA ? p.m : p.k;
  level.kernels->matmul({
      .a = data.a.data() + (p.transposeA ? from : from * p.k),
      .b = data.b.data(),
      .out = out.data(),
      .bias = p.bias ? data.bias.data() : nullptr,
      .m = to - from,
      .n = p.n,
      .k = p.k,
      .strideA = strideA,
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

float elementA(const Product& p, const Data& data, int64_t i, int64_t k) {
  return data.a[static_cast<size_t>(p.transposeA ? k * p.m + i : i * p.k + k)];
}

float elementB(const Product& p, const Data& data, int64_t k, int64_t j) {
  return data.b[static_cast<size_t>(p.transposeB ? j * p.k + k : k * p.n + j)];
}

std::vector<float> chains(const Product& p, const Data& data) {
  std::vector<float> out;
  for (int64_t i = 0; i < p.m; i++) {
    for (int64_t j = 0; j < p.n; j++) {
      float sum = 0;
      for (int64_t k = 0; k < p.k; k++) {
        sum = std::fma(elementA(p, data, i, k), elementB(p, data, k, j), sum);
      }
      if (p.bias) sum += data.bias[static_cast<size_t>(j)];
      if (p.relu) sum = sum < 0 ? 0 : sum;
      out.push_back(sum);
    }
  }
  return out;
}

// The naive oracle: f64 throughout, its error bound for f32 chains of k terms below 1 each.
void checkOracle(const Product& p, const Data& data, const std::vector<float>& out) {
  const double bound = 1.2e-7 * static_cast<double>(p.k + 2) * (static_cast<double>(p.k) + 1);
  for (int64_t i = 0; i < p.m; i++) {
    for (int64_t j = 0; j < p.n; j++) {
      double sum = 0;
      for (int64_t k = 0; k < p.k; k++) {
        sum += static_cast<double>(elementA(p, data, i, k)) * elementB(p, data, k, j);
      }
      if (p.bias) sum += data.bias[static_cast<size_t>(j)];
      if (p.relu) sum = std::max(sum, 0.0);
      CHECK(std::fabs(sum - out[static_cast<size_t>(i * p.n + j)]) <= bound);
    }
  }
}

void checkProduct(const Product& p) {
  const Data data = dataOf(p);
  const std::vector<float> expected = chains(p, data);
  forEachLevel([&](const Level& level) {
    const std::vector<float> out = run(level, p, data, 0, p.m);
    if (!CHECK(differing(out, expected) == 0)) {
      printf("  %s: %lld x %lld x %lld, transposes %d %d, bias %d, relu %d\n", level.name,
             static_cast<long long>(p.m), static_cast<long long>(p.n),
             static_cast<long long>(p.k), p.transposeA, p.transposeB, p.bias, p.relu);
    }
    if (p.m * p.n * p.k < 20000) checkOracle(p, data, out);
  });
}

void allTransposes(int64_t m, int64_t n, int64_t k) {
  for (int form = 0; form < 16; form++) {
    checkProduct({m, n, k, (form & 1) != 0, (form & 2) != 0, (form & 4) != 0, (form & 8) != 0});
  }
}

void sizes() {
  for (int64_t m : {0, 1, 2, 3, 5, 7, 17}) {
    for (int64_t n : {0, 1, 7, 16, 17, 33}) {
      for (int64_t k : {0, 1, 7, 16, 33}) allTransposes(m, n, k);
    }
  }
}

// Sizes on both sides of every block: rows 96, columns 1024, depth 512, packing 17 and 400.
void blocks() {
  allTransposes(129, 33, 257);
  allTransposes(7, 129, 513);
  allTransposes(401, 33, 9);
  allTransposes(197, 70, 260);
  allTransposes(64, 64, 64);
  allTransposes(63, 65, 8);
  checkProduct({2, 2100, 300, false, true, true, false});
  checkProduct({1, 2100, 300, false, false, true, true});
  checkProduct({9, 2100, 259, false, true, false, false});
  checkProduct({200, 2065, 3, true, false, true, true});
}

// NUMERICS-N3: a batch run in parts gives the bits of the whole.
void splits() {
  for (int form = 0; form < 4; form++) {
    const Product p{131, 47, 300, (form & 1) != 0, (form & 2) != 0, true, true};
    const Data data = dataOf(p);
    forEachLevel([&](const Level& level) {
      const std::vector<float> whole = run(level, p, data, 0, p.m);
      for (int64_t cut : {1, 2, 3, 32, 64, 65, 100, 130}) {
        // A transposed part has the stride of the whole matrix, which `run` takes from p.m.
        std::vector<float> parts = run(level, p, data, 0, cut);
        const std::vector<float> rest = run(level, p, data, cut, p.m);
        parts.insert(parts.end(), rest.begin(), rest.end());
        CHECK(differing(parts, whole) == 0);
      }
    });
  }
}

// NaN and infinity reach exactly the elements whose chains hold them; 0 x infinity is NaN.
void nonFinite() {
  const float infinity = std::numeric_limits<float>::infinity();
  for (float special : {infinity, -infinity, std::nanf("")}) {
    for (int form = 0; form < 4; form++) {
      const Product p{13, 37, 21, (form & 1) != 0, (form & 2) != 0, false, false};
      Data data = dataOf(p);
      data.a[p.transposeA ? 5 * 13 + 4 : 4 * 21 + 5] = special;
      data.b[p.transposeB ? 30 * 21 + 5 : 5 * 37 + 30] = 0;
      const std::vector<float> expected = chains(p, data);
      CHECK(std::isnan(expected[4 * 37 + 30]));
      forEachLevel([&](const Level& level) {
        CHECK(differing(run(level, p, data, 0, p.m), expected) == 0);
      });
    }
  }
  // relu keeps NaN.
  const Product p{3, 9, 2, false, false, true, true};
  Data data = dataOf(p);
  data.bias[4] = std::nanf("");
  forEachLevel([&](const Level& level) {
    const std::vector<float> out = run(level, p, data, 0, p.m);
    for (int i = 0; i < 27; i++) CHECK(std::isnan(out[static_cast<size_t>(i)]) == (i % 9 == 4));
  });
}

// NUMERICS-N6: the bits of one product, the same on x86-64 and AArch64.
void golden() {
  const Product p{37, 41, 700, false, true, true, false};
  const Data data = dataOf(p);
  forEachLevel([&](const Level& level) {
    const uint64_t hash = hashOf(run(level, p, data, 0, p.m));
    if (!CHECK(hash == 0x8f851820bef60ac4u)) {
      printf("  %s: %#llx\n", level.name, static_cast<unsigned long long>(hash));
    }
  });
}

}  // namespace

int main() {
  golden();
  sizes();
  blocks();
  splits();
  nonFinite();
  return report();
}
