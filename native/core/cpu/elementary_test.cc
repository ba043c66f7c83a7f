// exp, log, tanh and erf: error against long double, special values, equal bits on every level.
#include <limits>

#include "testing/check.h"

using namespace ganglion::cpu;
using namespace ganglion::testing;

namespace {

constexpr double kUlpBound = 2;

// The distance in units of the last place of the exact value's binade.
double ulps(float x, long double exact) {
  const long double size = std::fabs(exact);
  int exponent = 0;
  std::frexp(size, &exponent);
  const int last = exponent - 24 < -149 ? -149 : exponent - 24;
  return static_cast<double>(std::fabs(x - exact) / std::ldexp(1.0L, last));
}

void exponential() {
  std::vector<float> x;
  for (int i = -26500; i <= 22180; i++) x.push_back(static_cast<float>(i) * 0.004f);
  for (float small : {1e-30f, -1e-30f, 1e-8f, -1e-8f}) x.push_back(small);
  const auto count = static_cast<int64_t>(x.size());
  std::vector<float> first;
  forEachLevel([&](const Level& level) {
    std::vector<float> y(x.size());
    level.kernels->exp(x.data(), y.data(), count);
    double worst = 0;
    for (size_t i = 0; i < x.size(); i++) {
      worst = std::fmax(worst, ulps(y[i], std::exp(static_cast<long double>(x[i]))));
    }
    printf("%s exp: largest error %.3f ulp\n", level.name, worst);
    CHECK(worst <= kUlpBound);
    if (first.empty()) first = y;
    CHECK(differing(first, y) == 0);
  });
}

void logarithm() {
  std::vector<float> x;
  for (float value = 1e-45f; value < 3e38f; value *= 1.00171f) {
    x.push_back(value);
    if (value < 1e-38f) value *= 2;
  }
  for (int i = 0; i < 20000; i++) x.push_back(0.5f + static_cast<float>(i) * 1e-4f);
  std::vector<float> first;
  forEachLevel([&](const Level& level) {
    std::vector<float> y(x.size());
    level.kernels->log(x.data(), y.data(), static_cast<int64_t>(x.size()));
    double worst = 0;
    for (size_t i = 0; i < x.size(); i++) {
      worst = std::fmax(worst, ulps(y[i], std::log(static_cast<long double>(x[i]))));
    }
    printf("%s log: largest error %.3f ulp\n", level.name, worst);
    CHECK(worst <= kUlpBound);
    if (first.empty()) first = y;
    CHECK(differing(first, y) == 0);
  });
}

// tanh and erf over their whole range, and where they are nearly x.
void sigmoids() {
  std::vector<float> x;
  for (int i = -24000; i <= 24000; i++) x.push_back(static_cast<float>(i) * 0.0005f);
  for (float small = 1; small > 1e-38f; small *= 0.83f) x.push_back(-small);
  const auto count = static_cast<int64_t>(x.size());
  std::vector<float> firstTanh, firstErf;
  forEachLevel([&](const Level& level) {
    std::vector<float> t(x.size()), e(x.size());
    level.kernels->tanh(x.data(), t.data(), count);
    level.kernels->erf(x.data(), e.data(), count);
    double worstTanh = 0, worstErf = 0;
    for (size_t i = 0; i < x.size(); i++) {
      if (x[i] == 0) continue;
      worstTanh = std::fmax(worstTanh, ulps(t[i], std::tanh(static_cast<long double>(x[i]))));
      worstErf = std::fmax(worstErf, ulps(e[i], std::erf(static_cast<long double>(x[i]))));
    }
    printf("%s tanh: largest error %.3f ulp, erf: %.3f\n", level.name, worstTanh, worstErf);
    CHECK(worstTanh <= kUlpBound && worstErf <= kUlpBound);
    if (firstTanh.empty()) firstTanh = t;
    if (firstErf.empty()) firstErf = e;
    CHECK(differing(firstTanh, t) == 0 && differing(firstErf, e) == 0);
  });
}

void specials() {
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> x{0,    -0.0f, infinity, -infinity, std::nanf(""), 89,
                             1e30f, -105,  -1e30f,   88.8f};
  const std::vector<float> exps{1, 1, infinity, 0, std::nanf(""), infinity, infinity, 0, 0,
                                infinity};
  const std::vector<float> y{1, 0, -0.0f, infinity, -1, -infinity, std::nanf("")};
  const std::vector<float> logs{0,          -infinity,     -infinity,     infinity,
                                std::nanf(""), std::nanf(""), std::nanf("")};
  forEachLevel([&](const Level& level) {
    std::vector<float> out(x.size());
    level.kernels->exp(x.data(), out.data(), static_cast<int64_t>(x.size()));
    CHECK(differing(out, exps) == 0);
    out.resize(y.size());
    level.kernels->log(y.data(), out.data(), static_cast<int64_t>(y.size()));
    CHECK(differing(out, logs) == 0);
    const std::vector<float> z{0, -0.0f, infinity, -infinity, std::nanf(""), 50};
    const std::vector<float> sigmoid{0, -0.0f, 1, -1, std::nanf(""), 1};
    out.resize(z.size());
    level.kernels->tanh(z.data(), out.data(), static_cast<int64_t>(z.size()));
    CHECK(differing(out, sigmoid) == 0);
    level.kernels->erf(z.data(), out.data(), static_cast<int64_t>(z.size()));
    CHECK(differing(out, sigmoid) == 0);
  });
}

}  // namespace

int main() {
  exponential();
  logarithm();
  sigmoids();
  specials();
  return report();
}
