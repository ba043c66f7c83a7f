// NUMERICS-N2: reductions of rows, softmax, its logarithm and their gradients: on every level the
// bits of loops that are written from the contract, one step at a time.
#include "testing/check.h"
#include "testing/reference.h"

using namespace ganglion::cpu;
using namespace ganglion::testing;

namespace {

using Row = std::vector<float>;

float largestOf(const Row& row) {
  float held = -INFINITY;
  for (float x : row) held = x > held ? x : held;
  return held;
}

Row softmaxOf(const Row& row, bool log) {
  const float max = largestOf(row);
  Row exps;
  for (float x : row) exps.push_back(scalarExp(x - max));
  const float sum = laneSum(exps);
  Row out;
  for (size_t i = 0; i < row.size(); i++) {
    out.push_back(log ? (row[i] - max) - scalarLog(sum) : exps[i] / sum);
  }
  return out;
}

Row gradientOf(const Row& g, const Row& y, bool log) {
  Row terms;
  for (size_t i = 0; i < g.size(); i++) terms.push_back(log ? g[i] : g[i] * y[i]);
  const float sum = laneSum(terms);
  Row out;
  for (size_t i = 0; i < g.size(); i++) {
    out.push_back(log ? g[i] - scalarExp(y[i]) * sum : (g[i] - sum) * y[i]);
  }
  return out;
}

Row rowOf(const std::vector<float>& a, size_t row, size_t columns) {
  const auto first = a.begin() + static_cast<std::ptrdiff_t>(row * columns);
  return {first, first + static_cast<std::ptrdiff_t>(columns)};
}

void append(std::vector<float>* to, const Row& row) {
  to->insert(to->end(), row.begin(), row.end());
}

void checkRows(size_t rows, size_t columns, const std::vector<float>& a) {
  const auto count = static_cast<int64_t>(rows * columns);
  const std::vector<float> gradient = randomFloats(5, count);
  const auto m = static_cast<int64_t>(rows);
  const auto n = static_cast<int64_t>(columns);
  std::vector<float> sums, most, shares[2], back[2];
  for (size_t row = 0; row < rows; row++) {
    const Row x = rowOf(a, row, columns);
    sums.push_back(laneSum(x));
    most.push_back(largestOf(x));
    for (int log = 0; log < 2; log++) {
      const Row y = softmaxOf(x, log != 0);
      append(&shares[log], y);
      append(&back[log], gradientOf(rowOf(gradient, row, columns), y, log != 0));
    }
  }
  forEachLevel([&](const Level& level) {
    std::vector<float> found(rows);
    level.kernels->reduce({a.data(), found.data(), m, n, false});
    CHECK(differing(found, sums) == 0);
    level.kernels->reduce({a.data(), found.data(), m, n, true});
    CHECK(differing(found, most) == 0);
    for (int log = 0; log < 2; log++) {
      std::vector<float> out(a.size()), foundBack(a.size());
      level.kernels->softmax({a.data(), out.data(), m, n, log != 0});
      CHECK(differing(out, shares[log]) == 0);
      level.kernels->softmaxGradient(
          {gradient.data(), out.data(), foundBack.data(), m, n, log != 0});
      CHECK(differing(foundBack, back[log]) == 0);
    }
  });
}

}  // namespace

int main() {
  for (size_t columns : {0, 1, 2, 7, 8, 15, 16, 17, 31, 33, 130, 1000}) {
    for (size_t rows : {0, 1, 3, 37}) {
      const auto count = static_cast<int64_t>(rows * columns);
      checkRows(rows, columns, randomFloats(3, count));
      checkRows(rows, columns, withSpecials(4, count));
    }
  }
  return report();
}
