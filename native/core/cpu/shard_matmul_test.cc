// NUMERICS-N4 of the summed products of shards: bits equal to one chain of fmaf for each shard and
// a complete binary tree of additions, on every level, for any blocking and uneven shards.
#include "testing/check.h"

using namespace ganglion::cpu;
using namespace ganglion::testing;

namespace {

struct Sum {
  int64_t m, n;
  std::vector<uint32_t> edges;

  size_t shards() const { return edges.size() - 1; }
};

struct Factors {
  std::vector<float> a, b;
};

float chain(const Sum& sum, const Factors& factors, size_t shard, int64_t i, int64_t j) {
  float product = 0;
  for (size_t row = sum.edges[shard]; row < sum.edges[shard + 1]; row++) {
    product = std::fma(factors.a[row * static_cast<size_t>(sum.m) + static_cast<size_t>(i)],
                       factors.b[row * static_cast<size_t>(sum.n) + static_cast<size_t>(j)],
                       product);
  }
  return product;
}

float tree(const Sum& sum, const Factors& factors, size_t first, size_t count, int64_t i,
           int64_t j) {
  if (count == 1) return chain(sum, factors, first, i, j);
  return tree(sum, factors, first, count / 2, i, j) +
         tree(sum, factors, first + count / 2, count / 2, i, j);
}

void checkSum(const Sum& sum) {
  const auto rows = static_cast<int64_t>(sum.edges.back());
  const Factors factors{randomFloats(1, rows * sum.m), randomFloats(2, rows * sum.n)};
  std::vector<float> expected;
  for (int64_t i = 0; i < sum.m; i++) {
    for (int64_t j = 0; j < sum.n; j++) {
      expected.push_back(tree(sum, factors, 0, sum.shards(), i, j));
    }
  }
  forEachLevel([&](const Level& level) {
    Workspace workspace;
    CHECK(workspace.reserve(*level.kernels, 0, 1));
    std::vector<float> out(expected.size(), -7.0f);
    level.kernels->shardMatmul({
        .a = factors.a.data(),
        .b = factors.b.data(),
        .out = out.data(),
        .edges = sum.edges.data(),
        .shards = static_cast<int64_t>(sum.shards()),
        .m = sum.m,
        .n = sum.n,
        .strideA = sum.m,
        .strideB = sum.n,
        .strideOut = sum.n,
        .packA = workspace.packA(0),
        .packB = workspace.packB(0),
        .poll = {},
    });
    if (!CHECK(differing(out, expected) == 0)) {
      printf("  %s: %lld x %lld, %zu shards of %lld rows\n", level.name,
             static_cast<long long>(sum.m), static_cast<long long>(sum.n), sum.shards(),
             static_cast<long long>(rows));
    }
  });
}

// As many shards, of `size` rows each, but for the first, which has none where there are others.
std::vector<uint32_t> edgesOf(uint32_t shards, uint32_t size) {
  std::vector<uint32_t> edges{0};
  for (uint32_t s = 0; s < shards; s++) {
    edges.push_back(edges.back() + (s == 0 && shards > 2 ? 0 : size));
  }
  return edges;
}

}  // namespace

int main() {
  for (int64_t m : {0, 1, 2, 5, 7, 50, 97}) {
    for (int64_t n : {0, 1, 7, 16, 17, 33, 131}) {
      for (uint32_t shards : {1, 2, 4, 8}) checkSum({m, n, edgesOf(shards, 9)});
    }
  }
  checkSum({3, 130, edgesOf(1024, 2)});
  checkSum({50, 18, edgesOf(4, 0)});
  checkSum({50, 140, edgesOf(4, 300)});     // several blocks of k, and all of a packed
  checkSum({49, 140, edgesOf(4, 700)});     // too many rows for that
  checkSum({7, 2070, edgesOf(2, 260)});     // several blocks of columns
  checkSum({2, 19, edgesOf(2, 40000)});     // b is packed panel by panel
  return report();
}
