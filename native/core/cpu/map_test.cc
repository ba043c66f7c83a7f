// KERNELS-K7: maps give every element the bits of its own steps, one f32 operation each, on every
// level, for every remainder of strips and vectors and every way to broadcast.
#include <functional>

#include "testing/check.h"

using namespace ganglion::cpu;
using namespace ganglion::testing;

namespace {

std::vector<float> scratch() { return std::vector<float>(kMapScratchFloats); }

// One step over arrays of equal length.
std::vector<float> runStep(const Level& level, ElementFunction function,
                           const std::vector<std::vector<float>>& inputs) {
  const auto count = static_cast<int32_t>(inputs.size());
  MapStep step{function, count, {}};
  MapTask task{};
  for (int32_t i = 0; i < count; i++) {
    step.of[i] = i;
    task.inputs[i] = inputs[static_cast<size_t>(i)].data();
    task.inStep[i] = 1;
  }
  std::vector<float> out(inputs[0].size(), -7.0f);
  std::vector<float> registers = scratch();
  task.steps = &step;
  task.stepCount = 1;
  task.inputCount = count;
  task.outCount = 1;
  task.outs[0] = out.data();
  task.length = static_cast<int64_t>(out.size());
  task.lastRow = 1;
  task.to = task.length;
  task.scratch = registers.data();
  level.kernels->map(task);
  return out;
}

void functions(int64_t count) {
  const std::vector<float> a = withSpecials(1, count);
  const std::vector<float> b = withSpecials(2, count);
  const std::vector<float> c = withSpecials(3, count);
  const std::vector<float> d = withSpecials(4, count);
  using Binary = std::function<float(float, float)>;
  const std::pair<ElementFunction, Binary> steps[] = {
      {ElementFunction::copy, [](float x, float) { return x; }},
      {ElementFunction::add, [](float x, float y) { return x + y; }},
      {ElementFunction::subtract, [](float x, float y) { return x - y; }},
      {ElementFunction::multiply, [](float x, float y) { return x * y; }},
      {ElementFunction::divide, [](float x, float y) { return x / y; }},
      {ElementFunction::squareRoot, [](float x, float) { return std::sqrt(x); }},
      {ElementFunction::relu, [](float x, float) { return x < 0 ? 0 : x; }},
  };
  for (const auto& [function, expected] : steps) {
    std::vector<float> wanted;
    for (size_t i = 0; i < a.size(); i++) wanted.push_back(expected(a[i], b[i]));
    forEachLevel([&, fn = function](const Level& level) {
      CHECK(differing(runStep(level, fn, {a, b}), wanted) == 0);
    });
  }
  std::vector<float> picked;
  for (size_t i = 0; i < a.size(); i++) picked.push_back(a[i] > b[i] ? c[i] : d[i]);
  // exp, log, tanh and erf have the bits of the scalar level; elementary_test.cc has their errors.
  forEachLevel([&](const Level& level) {
    CHECK(differing(runStep(level, ElementFunction::pick, {a, b, c, d}), picked) == 0);
    for (ElementFunction function : {ElementFunction::exp, ElementFunction::log,
                                     ElementFunction::tanh, ElementFunction::erf}) {
      const Level scalar{"scalar", &kScalarKernels};
      CHECK(differing(runStep(level, function, {a}), runStep(scalar, function, {a})) == 0);
    }
  });
}

// out = (x + y) * 0.5 + y over rows, where y is one row, one number a row, or whole. The registers
// are so many that strips are short.
void broadcast(int64_t rows, int64_t columns, int64_t rowStride, int64_t inStep, int registers) {
  const std::vector<float> x = randomFloats(1, rows * columns);
  const std::vector<float> y = randomFloats(2, rows * columns);
  std::vector<float> expected;
  for (int64_t row = 0; row < rows; row++) {
    for (int64_t column = 0; column < columns; column++) {
      const float left = x[static_cast<size_t>(row * columns + column)];
      const float right = y[static_cast<size_t>(row * rowStride + column * inStep)];
      expected.push_back((left + right) * 0.5f + right);
    }
  }
  const float half = 0.5f;
  const int32_t first = 3;
  const int32_t last = first + registers - 1;
  const MapStep steps[] = {
      {ElementFunction::add, last, {0, 1, 0, 0}},
      {ElementFunction::multiply, last, {last, first, 0, 0}},
      {ElementFunction::add, 2, {last, 1, 0, 0}},
  };
  forEachLevel([&](const Level& level) {
    std::vector<float> out(x.size(), -7.0f);
    std::vector<float> memory = scratch();
    MapTask task{};
    task.steps = steps;
    task.stepCount = 3;
    task.constants = &half;
    task.constantCount = 1;
    task.registerCount = registers;
    task.inputCount = 2;
    task.outCount = 1;
    task.inputs[0] = x.data();
    task.inputs[1] = y.data();
    task.outs[0] = out.data();
    task.length = columns;
    task.lastRow = rows;
    task.to = columns;
    task.rank = 1;
    task.sizes[0] = rows;
    task.strides[0][0] = columns;
    task.strides[1][0] = rowStride;
    task.inStep[0] = 1;
    task.inStep[1] = inStep;
    task.scratch = memory.data();
    level.kernels->map(task);
    CHECK(differing(out, expected) == 0);
  });
}

// out(planes, rows, columns) = (x + y(planes, 1, columns)) * z(1, rows, 1).
void planes(int64_t count, int64_t rows, int64_t columns) {
  const std::vector<float> x = randomFloats(1, count * rows * columns);
  const std::vector<float> y = randomFloats(2, count * columns);
  const std::vector<float> z = randomFloats(3, rows);
  std::vector<float> expected;
  for (int64_t i = 0; i < count * rows * columns; i++) {
    const int64_t plane = i / (rows * columns), row = i / columns % rows, column = i % columns;
    const float sum = x[static_cast<size_t>(i)] + y[static_cast<size_t>(plane * columns + column)];
    expected.push_back(sum * z[static_cast<size_t>(row)]);
  }
  const MapStep steps[] = {
      {ElementFunction::add, 4, {0, 1, 0, 0}},
      {ElementFunction::multiply, 3, {4, 2, 0, 0}},
  };
  forEachLevel([&](const Level& level) {
    std::vector<float> out(x.size(), -7.0f);
    std::vector<float> memory = scratch();
    MapTask task{};
    task.steps = steps;
    task.stepCount = 2;
    task.registerCount = 1;
    task.inputCount = 3;
    task.outCount = 1;
    task.inputs[0] = x.data();
    task.inputs[1] = y.data();
    task.inputs[2] = z.data();
    task.outs[0] = out.data();
    task.length = columns;
    task.to = columns;
    task.rank = 2;
    task.sizes[0] = count;
    task.sizes[1] = rows;
    task.strides[0][0] = rows * columns;
    task.strides[0][1] = columns;
    task.strides[1][0] = columns;
    task.strides[2][1] = 1;
    task.inStep[0] = task.inStep[1] = 1;
    task.scratch = memory.data();
    // In two pieces, the second from the middle of a plane.
    for (int64_t half = 0; half < 2; half++) {
      task.firstRow = half * (count * rows / 2);
      task.lastRow = half == 0 ? count * rows / 2 : count * rows;
      level.kernels->map(task);
    }
    CHECK(differing(out, expected) == 0);
  });
}

}  // namespace

int main() {
  for (int64_t count : {0, 1, 3, 7, 8, 9, 15, 16, 17, 31, 33, 129, 1024, 1025, 2500}) {
    functions(count);
  }
  for (int64_t columns : {1, 3, 17, 100, 200}) {
    planes(5, 9, columns);
    planes(3, 300, columns);
  }
  for (int registers : {2, 30, 256}) {
    for (int64_t columns : {1, 7, 33, 1100}) {
      broadcast(5, columns, 0, 1, registers);
      broadcast(5, columns, columns, 0, registers);
      broadcast(5, columns, columns, 1, registers);
      broadcast(0, columns, 0, 1, registers);
      // Many short rows, of which a strip has several.
      broadcast(700, columns % 100, 0, 1, registers);
      broadcast(700, columns % 100, columns % 100, 0, registers);
    }
  }
  return report();
}
