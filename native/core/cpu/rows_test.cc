// NUMERICS-N2: softmaxCrossEntropy, argmax and column sums against scalar loops in the documented
// order and against f64.
#include <limits>

#include "testing/check.h"
#include "testing/reference.h"

using namespace ganglion::cpu;
using namespace ganglion::testing;

namespace {

struct Softmax {
  std::vector<float> losses, gradient;
};

Softmax expectedSoftmax(const std::vector<float>& logits, const std::vector<int32_t>& labels,
                        size_t columns, float scale) {
  Softmax result;
  for (size_t i = 0; i < labels.size(); i++) {
    const float* row = logits.data() + i * columns;
    float max = row[0];
    for (size_t j = 1; j < columns; j++) max = row[j] > max ? row[j] : max;
    std::vector<float> exps;
    for (size_t j = 0; j < columns; j++) exps.push_back(scalarExp(row[j] - max));
    const float sum = laneSum(exps);
    const auto label = static_cast<size_t>(labels[i]);
    result.losses.push_back(scalarLog(sum) - (row[label] - max));
    for (size_t j = 0; j < columns; j++) {
      const float hit = j == label ? 1.0f : 0.0f;
      result.gradient.push_back((exps[j] / sum - hit) * scale);
    }
  }
  return result;
}

Softmax run(const Level& level, const std::vector<float>& logits,
            const std::vector<int32_t>& labels, size_t columns, float scale) {
  Softmax result{std::vector<float>(labels.size()), std::vector<float>(logits.size())};
  level.kernels->softmaxCrossEntropy({logits.data(), labels.data(), result.losses.data(),
                                      result.gradient.data(),
                                      static_cast<int64_t>(labels.size()),
                                      static_cast<int64_t>(columns), scale});
  return result;
}

void softmax() {
  for (size_t columns : {1, 2, 7, 10, 15, 16, 17, 31, 33, 100, 1000}) {
    for (size_t rows : {0, 1, 3, 17}) {
      std::vector<float> logits = randomFloats(columns, static_cast<int64_t>(rows * columns));
      for (float& x : logits) x *= 20;
      std::vector<int32_t> labels;
      for (size_t i = 0; i < rows; i++) labels.push_back(static_cast<int32_t>(i * 7 % columns));
      const Softmax expected = expectedSoftmax(logits, labels, columns, 0.125f);
      forEachLevel([&](const Level& level) {
        const Softmax found = run(level, logits, labels, columns, 0.125f);
        CHECK(differing(found.losses, expected.losses) == 0);
        CHECK(differing(found.gradient, expected.gradient) == 0);
        for (size_t i = 0; i < rows; i++) {
          double sum = 0;
          for (size_t j = 0; j < columns; j++) {
            sum += std::exp(static_cast<double>(logits[i * columns + j]));
          }
          const double hit = logits[i * columns + static_cast<size_t>(labels[i])];
          CHECK(std::fabs(found.losses[i] - (std::log(sum) - hit)) < 1e-5 * (1 + std::fabs(hit)));
        }
      });
    }
  }
}

// NUMERICS-N6: the same bits on x86-64 and AArch64.
void golden() {
  std::vector<float> logits = randomFloats(11, 9 * 37);
  for (float& x : logits) x *= 20;
  const std::vector<int32_t> labels{0, 1, 2, 3, 4, 5, 6, 7, 36};
  forEachLevel([&](const Level& level) {
    Softmax found = run(level, logits, labels, 37, 0.3f);
    found.gradient.insert(found.gradient.end(), found.losses.begin(), found.losses.end());
    const uint64_t hash = hashOf(found.gradient);
    if (!CHECK(hash == 0xa9b62c8a80dc17abu)) {
      printf("  %s: %#llx\n", level.name, static_cast<unsigned long long>(hash));
    }
  });
}

void softmaxNonFinite() {
  const float infinity = std::numeric_limits<float>::infinity();
  forEachLevel([&](const Level& level) {
    for (float special : {std::nanf(""), infinity}) {
      const Softmax found = run(level, {1, special, 3, 1, 2, 3}, {0, 2}, 3, 1);
      for (size_t j = 0; j < 3; j++) CHECK(std::isnan(found.gradient[j]));
      CHECK(std::isnan(found.losses[0]));
      CHECK(std::isfinite(found.losses[1]));
    }
    const Softmax low = run(level, {-infinity, 2, 1}, {1}, 3, 1);
    CHECK(low.gradient[0] == 0);
    CHECK(std::isfinite(low.losses[0]));
    // Labels outside the row, as another thread could leave them, stay inside the memory.
    const Softmax wild = run(level, {1, 2, 3, 4, 5, 6}, {3, -1}, 3, 1);
    CHECK(std::isnan(wild.losses[0]) && std::isnan(wild.losses[1]));
  });
}

void columnSums() {
  for (int64_t rows : {0, 1, 7, 15, 16, 17, 33, 129}) {
    for (int64_t columns : {0, 1, 7, 8, 16, 17, 33}) {
      const std::vector<float> a = randomFloats(5, rows * columns);
      std::vector<float> expected;
      for (int64_t j = 0; j < columns; j++) {
        std::vector<float> column;
        for (int64_t i = 0; i < rows; i++) {
          column.push_back(a[static_cast<size_t>(i * columns + j)]);
        }
        expected.push_back(laneSum(column));
      }
      forEachLevel([&](const Level& level) {
        std::vector<float> out(static_cast<size_t>(columns), -7.0f);
        level.kernels->columnSum(a.data(), columns, rows, columns, out.data());
        CHECK(differing(out, expected) == 0);
      });
    }
  }
}

void largestElements() {
  const float nan = std::nanf("");
  const std::vector<float> a{1, 3, 3, nan, 5, 9, 2, nan, 4, -1, -1, -2};
  forEachLevel([&](const Level& level) {
    std::vector<int32_t> out(4, -7);
    level.kernels->argmax(a.data(), out.data(), 4, 3);
    CHECK(out[0] == 1);
    // NaN is passed over, but held where it comes first.
    CHECK(out[1] == 0);
    CHECK(out[2] == 2);
    CHECK(out[3] == 0);
  });
}

}  // namespace

int main() {
  golden();
  softmax();
  softmaxNonFinite();
  columnSums();
  largestElements();
  return report();
}
