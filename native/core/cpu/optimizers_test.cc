// Optimizers: equal bits to the steps of contract.ts, one f32 operation each, on every level and
// for every remainder of the vector width.
#include "testing/check.h"

using namespace ganglion::cpu;
using namespace ganglion::testing;

namespace {

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
    sgd(count);
    adamw(count);
  }
  return report();
}
