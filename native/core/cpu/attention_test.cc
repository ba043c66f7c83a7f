// Attention, its gradient, normalised rows and scatter: on every level the bits of loops that are
// written from contract.ts, one step at a time.
#include "testing/check.h"
#include "testing/reference.h"

using namespace ganglion::cpu;
using namespace ganglion::testing;

namespace {

struct Attended {
  std::vector<float> out, logSum;
};

// Where things of one token of one head lie.
struct Place {
  const AttentionShape& shape;
  int64_t sample, head;

  size_t qkv(int64_t part, int64_t token, int64_t d) const {
    const int64_t wide = shape.heads * shape.size;
    return static_cast<size_t>((sample * shape.tokens + token) * 3 * wide + part * wide +
                               head * shape.size + d);
  }
  size_t out(int64_t token, int64_t d) const {
    const int64_t wide = shape.heads * shape.size;
    return static_cast<size_t>((sample * shape.tokens + token) * wide + head * shape.size + d);
  }
  size_t sum(int64_t token) const {
    return static_cast<size_t>((sample * shape.heads + head) * shape.tokens + token);
  }
};

template <typename Each>
void eachPlace(const AttentionShape& shape, Each each) {
  for (int64_t sample = 0; sample < shape.batch; sample++) {
    for (int64_t head = 0; head < shape.heads; head++) each(Place{shape, sample, head});
  }
}

float score(const Place& place, const std::vector<float>& qkv, int64_t i, int64_t j) {
  float sum = 0;
  for (int64_t d = 0; d < place.shape.size; d++) {
    sum = std::fma(qkv[place.qkv(0, i, d)], qkv[place.qkv(1, j, d)], sum);
  }
  return sum * place.shape.factor;
}

Attended attend(const AttentionShape& shape, const std::vector<float>& qkv) {
  const auto rows = static_cast<size_t>(shape.batch * shape.heads * shape.tokens);
  Attended found{std::vector<float>(rows * static_cast<size_t>(shape.size)),
                 std::vector<float>(rows)};
  eachPlace(shape, [&](const Place& place) {
    for (int64_t i = 0; i < shape.tokens; i++) {
      std::vector<float> e;
      float max = -INFINITY;
      for (int64_t j = 0; j <= i; j++) {
        e.push_back(score(place, qkv, i, j));
        if (e.back() > max) max = e.back();
      }
      for (float& x : e) x = scalarExp(x - max);
      const float sum = laneSum(e);
      found.logSum[place.sum(i)] = max + scalarLog(sum);
      for (int64_t d = 0; d < shape.size; d++) {
        float chain = 0;
        for (int64_t j = 0; j <= i; j++) {
          chain = std::fma(e[static_cast<size_t>(j)] / sum, qkv[place.qkv(2, j, d)], chain);
        }
        found.out[place.out(i, d)] = chain;
      }
    }
  });
  return found;
}

std::vector<float> attendGradient(const AttentionShape& shape, const std::vector<float>& gradient,
                                  const std::vector<float>& qkv, const Attended& attended) {
  std::vector<float> out(qkv.size());
  eachPlace(shape, [&](const Place& place) {
    for (int64_t i = 0; i < shape.tokens; i++) {
      std::vector<float> products;
      for (int64_t d = 0; d < shape.size; d++) {
        products.push_back(gradient[place.out(i, d)] * attended.out[place.out(i, d)]);
      }
      const float mean = laneSum(products);
      for (int64_t j = 0; j <= i; j++) {
        const float share = scalarExp(score(place, qkv, i, j) - attended.logSum[place.sum(i)]);
        float change = 0;
        for (int64_t d = 0; d < shape.size; d++) {
          change = std::fma(gradient[place.out(i, d)], qkv[place.qkv(2, j, d)], change);
        }
        change = share * (change - mean) * shape.factor;
        for (int64_t d = 0; d < shape.size; d++) {
          float& query = out[place.qkv(0, i, d)];
          float& key = out[place.qkv(1, j, d)];
          float& value = out[place.qkv(2, j, d)];
          query = std::fma(change, qkv[place.qkv(1, j, d)], query);
          key = std::fma(change, qkv[place.qkv(0, i, d)], key);
          value = std::fma(share, gradient[place.out(i, d)], value);
        }
      }
    }
  });
  return out;
}

// `odd` is in the place of every number of the last token but one, where there is one: earlier
// tokens must not see it.
void attention(const AttentionShape& shape, float odd) {
  const int64_t rows = shape.batch * shape.heads * shape.tokens;
  std::vector<float> qkv = randomFloats(1, 3 * rows * shape.size);
  if (odd != 0 && shape.tokens > 1) {
    eachPlace(shape, [&](const Place& place) {
      for (int64_t i = 0; i < 3 * shape.size; i++) {
        qkv[place.qkv(i / shape.size, shape.tokens - 2, i % shape.size)] = odd;
      }
    });
  }
  const std::vector<float> gradient = randomFloats(2, rows * shape.size);
  const Attended expected = attend(shape, qkv);
  const std::vector<float> expectedGradient = attendGradient(shape, gradient, qkv, expected);
  forEachLevel([&](const Level& level) {
    std::vector<float> out(gradient.size(), -7.0f), logSum(static_cast<size_t>(rows), -7.0f);
    std::vector<float> scratch(static_cast<size_t>(shape.scratchFloats()));
    level.kernels->attention({qkv.data(), out.data(), logSum.data(), shape, 0,
                             shape.batch * shape.heads, scratch.data(), {}});
    CHECK(differing(out, expected.out) == 0);
    CHECK(differing(logSum, expected.logSum) == 0);
    std::vector<float> back(qkv.size(), -7.0f);
    level.kernels->attentionGradient({gradient.data(), qkv.data(), out.data(), logSum.data(),
                                      back.data(), shape, 0, shape.batch * shape.heads,
                                      scratch.data(), {}});
    CHECK(differing(back, expectedGradient) == 0);
  });
}

// Forward and back; what a row of one number or of equal numbers gives is 0.
void normalize(int64_t rows, int64_t columns, bool centered) {
  const std::vector<float> a = withSpecials(3, rows * columns);
  const std::vector<float> gradient = randomFloats(4, rows * columns);
  const float epsilon = 0.125f;
  const auto n = static_cast<float>(columns);
  std::vector<float> out, scales, back;
  for (int64_t row = 0; row < rows; row++) {
    std::vector<float> d(a.begin() + row * columns, a.begin() + (row + 1) * columns);
    std::vector<float> g(gradient.begin() + row * columns, gradient.begin() + (row + 1) * columns);
    const float mean = centered ? laneSum(d) / n : 0;
    if (centered) {
      for (float& x : d) x = x - mean;
    }
    std::vector<float> squares = d;
    for (float& x : squares) x = x * x;
    const float scale = 1.0f / std::sqrt(laneSum(squares) / n + epsilon);
    for (float& x : d) x = x * scale;
    std::vector<float> products;
    for (size_t i = 0; i < d.size(); i++) products.push_back(g[i] * d[i]);
    const float shift = centered ? laneSum(g) / n : 0;
    const float slope = laneSum(products) / n;
    for (size_t i = 0; i < d.size(); i++) {
      const float c = centered ? g[i] - shift : g[i];
      back.push_back((c - d[i] * slope) * scale);
    }
    out.insert(out.end(), d.begin(), d.end());
    scales.push_back(scale);
  }
  forEachLevel([&](const Level& level) {
    std::vector<float> found(a.size()), scale(scales.size()), foundBack(a.size());
    level.kernels->normalize(
        {a.data(), found.data(), scale.data(), rows, columns, epsilon, centered});
    CHECK(differing(found, out) == 0);
    CHECK(differing(scale, scales) == 0);
    level.kernels->normalizeGradient({gradient.data(), found.data(), scale.data(),
                                      foundBack.data(), rows, columns, centered});
    CHECK(differing(foundBack, back) == 0);
  });
}

// An index outside changes nothing.
void scatter(int64_t columns) {
  const std::vector<int32_t> indices{2, 0, 2, -1, 3, 2, INT32_MAX};
  const auto rows = static_cast<int64_t>(indices.size());
  const std::vector<float> gradient = randomFloats(5, rows * columns);
  std::vector<float> expected(static_cast<size_t>(3 * columns));
  for (size_t row = 0; row < indices.size(); row++) {
    if (indices[row] < 0 || indices[row] > 2) continue;
    for (size_t j = 0; j < static_cast<size_t>(columns); j++) {
      const auto at = static_cast<size_t>(indices[row]) * static_cast<size_t>(columns) + j;
      expected[at] = expected[at] + gradient[row * static_cast<size_t>(columns) + j];
    }
  }
  forEachLevel([&](const Level& level) {
    std::vector<float> out(expected.size(), -7.0f);
    level.kernels->scatter({gradient.data(), indices.data(), out.data(), rows, columns, columns,
                            3});
    CHECK(differing(out, expected) == 0);
  });
}

}  // namespace

int main() {
  for (const AttentionShape& shape : {AttentionShape{2, 1, 1, 1, 0.5f}, {1, 7, 3, 5, 0.25f},
                                      {1, 17, 2, 8, 1}, {2, 70, 1, 33, 0.125f},
                                      {1, 130, 2, 16, 0.25f}, {0, 3, 1, 4, 1}, {1, 3, 2, 0, 1}}) {
    for (float odd : {0.0f, INFINITY, NAN}) attention(shape, odd);
  }
  for (int64_t columns : {1, 7, 8, 16, 17, 33, 130}) {
    normalize(3, columns, true);
    normalize(3, columns, false);
    scatter(columns);
  }
  return report();
}
