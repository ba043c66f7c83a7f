// Elementwise kernels and optimizers: equal bits to the steps of contract.ts, one f32 operation
// each, on every level and for every remainder of the vector width.
#include <limits>

#include "testing/check.h"

using namespace ganglion::cpu;
using namespace ganglion::testing;

namespace {

std::vector<float> withSpecials(uint64_t seed, int64_t count) {
  const float infinity = std::numeric_limits<float>::infinity();
  const float specials[] = {std::nanf(""), infinity, -infinity, 0.0f, -0.0f, 1e-42f, -1e-42f};
  std::vector<float> values = randomFloats(seed, count);
  for (size_t i = seed; i < values.size(); i += 5) values[i] = specials[(i / 5) % 7];
  return values;
}

void simple(int64_t count) {
  const auto size = static_cast<size_t>(count);
  const std::vector<float> a = withSpecials(1, count);
  const std::vector<float> b = withSpecials(2, count);
  std::vector<float> relu, reluGradient, sum;
  for (size_t i = 0; i < size; i++) {
    relu.push_back(a[i] < 0 ? 0 : a[i]);
    reluGradient.push_back(b[i] > 0 ? a[i] : 0);
    sum.push_back(a[i] + b[i]);
  }
  forEachLevel([&](const Level& level) {
    const KernelTable& kernels = *level.kernels;
    std::vector<float> out(size, -7.0f);
    kernels.relu(a.data(), out.data(), count);
    CHECK(differing(out, relu) == 0);
    kernels.reluGradient(a.data(), b.data(), out.data(), count);
    CHECK(differing(out, reluGradient) == 0);
    kernels.add(a.data(), b.data(), out.data(), count);
    CHECK(differing(out, sum) == 0);
  });
}

void bias(int64_t rows, int64_t columns) {
  const std::vector<float> a = randomFloats(1, rows * columns);
  const std::vector<float> b = randomFloats(2, columns);
  std::vector<float> expected;
  for (size_t i = 0; i < a.size(); i++) expected.push_back(a[i] + b[i % b.size()]);
  forEachLevel([&](const Level& level) {
    std::vector<float> out(a.size(), -7.0f);
    level.kernels->addBias(a.data(), b.data(), out.data(), rows, columns);
    CHECK(differing(out, expected) == 0);
  });
}

void sgd(int64_t count) {
  const auto size = static_cast<size_t>(count);
  const std::vector<float> p = withSpecials(1, count);
  const std::vector<float> g = withSpecials(2, count);
  const std::vector<float> v = withSpecials(3, count);
  const float hyper[4] = {0.1f, 0.9f, 0.01f, 0};
  std::vector<float> nextP, nextV;
  for (size_t i = 0; i < size; i++) {
    const float kept = hyper[1] * v[i] + g[i];
    nextV.push_back(kept + hyper[2] * p[i]);
    nextP.push_back(p[i] - hyper[0] * nextV[i]);
  }
  forEachLevel([&](const Level& level) {
    std::vector<float> outP(size), outV(size);
    level.kernels->sgd({p.data(), g.data(), v.data(), hyper, outP.data(), outV.data(), count});
    CHECK(differing(outP, nextP) == 0);
    CHECK(differing(outV, nextV) == 0);
  });
}

void adamw(int64_t count) {
  const auto size = static_cast<size_t>(count);
  const std::vector<float> p = withSpecials(1, count);
  const std::vector<float> g = withSpecials(2, count);
  const std::vector<float> m = withSpecials(3, count);
  std::vector<float> v = withSpecials(4, count);
  for (float& x : v) x = x * x;
  const float hyper[8] = {1e-3f, 0.9f, 0.999f, 1e-8f, 0.01f, 10, 31.638584f, 0};
  const float rest1 = 1.0f - hyper[1];
  const float rest2 = 1.0f - hyper[2];
  const float shrink = hyper[0] * hyper[4];
  std::vector<float> nextP, nextM, nextV;
  for (size_t i = 0; i < size; i++) {
    nextM.push_back(hyper[1] * m[i] + rest1 * g[i]);
    nextV.push_back(hyper[2] * v[i] + rest2 * g[i] * g[i]);
    const float step = nextM[i] * hyper[5] / (std::sqrt(nextV[i]) * hyper[6] + hyper[3]);
    nextP.push_back(p[i] - shrink * p[i] - hyper[0] * step);
  }
  forEachLevel([&](const Level& level) {
    std::vector<float> outP(size), outM(size), outV(size);
    level.kernels->adamw({p.data(), g.data(), m.data(), v.data(), hyper, outP.data(), outM.data(),
                          outV.data(), count});
    CHECK(differing(outP, nextP) == 0);
    CHECK(differing(outM, nextM) == 0);
    CHECK(differing(outV, nextV) == 0);
  });
}

}  // namespace

int main() {
  for (int64_t count : {0, 1, 3, 7, 8, 9, 15, 16, 17, 31, 33, 129, 1000}) {
    simple(count);
    sgd(count);
    adamw(count);
  }
  bias(5, 7);
  bias(3, 33);
  bias(1, 1);
  return report();
}
