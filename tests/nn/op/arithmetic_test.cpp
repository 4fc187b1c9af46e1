#include "kernels/arithmetic/arithmetic.h"

#include "tests/nn/op/pointwise_model.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

using Doubles = std::vector<double>;

std::string layer(const std::string& rest) { return R"({"type":"arithmetic",)" + rest + "}"; }

Model model(const std::string& layers, const std::string& input = "[3,2,4]",
            const std::string& tail = R"(,{"type":"flatten"})") {
  return Model(stream(), pointwise_description(layers, input, tail), 1, "m.json");
}
void set_constant(const Model& m, const std::vector<float>& values) {
  REQUIRE(m.buffers().size() == 1);
  m.buffers()[0]->value =
      Tensor::from_host(stream(), {static_cast<std::int64_t>(values.size())}, values);
}

// A picture of 3 × 2 × 4 twice, positive and away from ties with its functions.
const std::vector<float> kInput = random_values(2 * 24, 5, 0.5f, 2);

void check(const Model& m, const std::function<Doubles(const Doubles&)>& reference,
           const std::vector<float>& x = kInput, int n = 2) {
  std::vector<float> rounded;
  for (const double y : reference({x.begin(), x.end()})) rounded.push_back(static_cast<float>(y));
  CHECK_CLOSE(outputs_of(m, x, n), rounded, 1e-6, 1e-6);
  check_input_gradient(m, x, n, reference);
}
// Σ over i < 48 of f(x[i], gate of its image and channel), where the gate is the picture's mean.
template <class F>
auto gated(const F& f) {
  return [f](const Doubles& x) {
    Doubles y;
    for (std::size_t i = 0; i < 48; ++i) {
      double mean = 0;
      for (std::size_t p = 0; p < 6; ++p) mean += x[i / 24 * 24 + p * 4 + i % 4] / 6;
      y.push_back(f(x[i], mean));
    }
    return y;
  };
}

}  // namespace

TEST_CASE("arithmetic: a picture and a gate, either way round, of every function of two") {
  const auto of = [](const std::string& function, bool swapped) {
    return model(R"({"type":"average_pool2d","name":"gate","window":"global"},)" +
                 layer(R"("function":")" + function + R"(","inputs":)" +
                       (swapped ? R"(["gate","input"])" : R"(["input","gate"])")));
  };
  const std::vector<std::pair<std::string, double (*)(double, double)>> functions{
      {"add", [](double a, double b) { return a + b; }},
      {"sub", [](double a, double b) { return a - b; }},
      {"mul", [](double a, double b) { return a * b; }},
      {"div", [](double a, double b) { return a / b; }},
      {"pow", [](double a, double b) { return std::pow(a, b); }},
      {"max", [](double a, double b) { return std::max(a, b); }},
      {"min", [](double a, double b) { return std::min(a, b); }},
      {"mean", [](double a, double b) { return (a + b) / 2; }},
      {"prelu", [](double a, double b) { return a > 0 ? a : a * b; }}};
  for (const auto& [name, f] : functions) {
    CAPTURE(name);
    check(of(name, false), gated([f = f](double x, double gate) { return f(x, gate); }));
    check(of(name, true), gated([f = f](double x, double gate) { return f(gate, x); }));
  }
}

TEST_CASE("arithmetic: an input with itself, and several") {
  check(model(layer(R"("function":"mul","inputs":["input","input"])")), [](const Doubles& x) {
    Doubles y;
    for (const double v : x) y.push_back(v * v);
    return y;
  });
  check(model(layer(R"("function":"div","inputs":["input","input"])")),
        [](const Doubles& x) { return Doubles(x.size(), 1); });
  check(model(R"({"type":"activation","function":"exp","name":"e"},)" +
              layer(R"("function":"mean","inputs":["input","e","input"])")),
        [](const Doubles& x) {
          Doubles y;
          for (const double v : x) y.push_back((2 * v + std::exp(v)) / 3);
          return y;
        });
  check(model(R"({"type":"activation","function":"exp","name":"e"},)" +
              layer(R"("function":"mul","inputs":["input","e","input"])")),
        [](const Doubles& x) {
          Doubles y;
          for (const double v : x) y.push_back(v * v * std::exp(v));
          return y;
        });
  // Of equal ones each gets half.
  const Model ties = model(layer(R"("function":"max","inputs":["input","input"])"));
  check_input_gradient(ties, kInput, 2, [](const Doubles& x) { return x; });
}

TEST_CASE("arithmetic: constants, a value a channel, first or second") {
  const std::vector<float> c{0.5f, 2, 1.5f, 3};
  for (const bool first : {false, true}) {
    const Model m = model(layer(R"("function":"sub","constant":[1,1,4],"constant_first":)" +
                                std::string(first ? "true" : "false")));
    CHECK(m.buffers()[0]->name == "arithmetic1.constant");
    CHECK(m.parameters().empty());
    CHECK_SAME_BITS(outputs_of(model(layer(R"("function":"mul","constant":[1,1,4])")), kInput, 2),
                    kInput);  // before it has values it changes nothing
    set_constant(m, c);
    check(m, [&](const Doubles& x) {
      Doubles y;
      for (std::size_t i = 0; i < x.size(); ++i)
        y.push_back(first ? c[i % 4] - x[i] : x[i] - c[i % 4]);
      return y;
    });
  }
  const Model square = model(layer(R"("function":"pow","constant":[1,1,1])"));
  set_constant(square, {2});
  check(square, [](const Doubles& x) {
    Doubles y;
    for (const double v : x) y.push_back(v * v);
    return y;
  });
}

TEST_CASE("arithmetic: prelu trains its slopes") {
  Model m = model(layer(R"("function":"prelu","constant":[1,1,4])"));
  REQUIRE(m.parameters().size() == 1);
  CHECK(m.parameters()[0]->name == "arithmetic1.weight");
  CHECK(m.parameters()[0]->file_shape == Shape{4});
  const std::vector<float> slope{0.25f, 0.5f, -1, 2};
  m.parameters()[0]->set_value(Tensor::from_host(stream(), {4}, slope));
  const auto x = random_values(2 * 24, 8, -2, 2);
  check(
      m,
      [&](const Doubles& at) {
        Doubles y;
        for (std::size_t i = 0; i < at.size(); ++i)
          y.push_back(at[i] > 0 ? at[i] : slope[i % 4] * at[i]);
        return y;
      },
      x);
  m.clear_gradients();
  const Variable in(Tensor::from_host(stream(), m.input().batch(2), x));
  backward(stream(), m.forward(stream(), in));
  std::vector<float> expected(4);
  for (std::size_t i = 0; i < x.size(); ++i) expected[i % 4] += std::min(x[i], 0.0f);
  CHECK_CLOSE(m.parameters()[0]->variable.gradient().to_host<float>(stream()), expected, 1e-5,
              1e-5);
}

TEST_CASE("arithmetic: views of flat values, and outputs") {
  // 24 features as (2, 12) and as (4, 3, 2) with the mean of the picture's channels as (4, 1, 1).
  const Model m = model(R"({"type":"average_pool2d","name":"pool","window":"global"},
      {"type":"flatten","name":"all","inputs":["input"]},)" +
                        layer(R"("function":"add","inputs":["all","pool"],
                                 "views":[[4,3,2],[4,1,1]],"output":[2,3,4])"));
  CHECK(m.shape("arithmetic1") == ActivationShape{2, 3, 4});
  check(m, [](const Doubles& x) {
    Doubles y;
    for (std::size_t i = 0; i < 48; ++i) {
      double mean = 0;
      const std::size_t channel = i % 24 / 6;
      for (std::size_t p = 0; p < 6; ++p) mean += x[i / 24 * 24 + p * 4 + channel] / 6;
      y.push_back(x[i] + mean);
    }
    return y;
  });
  const auto shape = [](const std::string& json, const std::string& tail) {
    return model(json, "[3,2,4]", tail).shape("y").to_string();
  };
  const std::string flat = R"(,{"type":"flatten"})";
  CHECK(shape(layer(R"("name":"y","function":"add","constant":[1,1,4])"), flat) == "3x2x4");
  CHECK(shape(R"({"type":"average_pool2d","window":"global"},)" +
                  layer(R"("name":"y","function":"add","constant":[5,7,1])"),
              flat) == "5x7x4");
  CHECK(shape(layer(R"("name":"y","function":"add","views":[[24,1]],"constant":[1,2])"), "") ==
        "48");
  CHECK(shape(layer(R"("name":"y","function":"add","constant":[1,1,1],"output":[24])"), "") ==
        "24");
  CHECK(
      shape(R"({"type":"flatten"},)" + layer(R"("name":"y","function":"mul","constant":[1,1,24])"),
            "") == "24");
}

TEST_CASE("arithmetic: a result of as many elements as a flattened picture is one") {
  const Model m = model(R"({"type":"flatten"},)" + layer(R"("function":"mul","constant":[1,1,24])"),
                        "[3,2,4]", R"(,{"type":"linear","outputs":2})");
  CHECK(m.graph().value(m.value("arithmetic1")).picture == ActivationShape{3, 2, 4});
}

TEST_CASE("arithmetic: what does not fit is refused") {
  const auto fails = [](const std::string& json, const std::string& message) {
    CHECK_THROWS_WITH_AS(model(layer(json)), ("m.json: " + message).c_str(), Error);
  };
  fails(R"("function":"modulo","constant":[1])",
        "layers[0].function: wrong value (found \"modulo\"; expected add, sub, mul, div, pow, max, "
        "min, mean or prelu)");
  fails(R"("function":"add")",
        "layer arithmetic1: one operand (found one input and no \"constant\"; expected several "
        "inputs, or one and a constant)");
  fails(R"("function":"sub","inputs":["input","input","input"])",
        "layer arithmetic1: wrong inputs (found 3; expected two for sub)");
  fails(R"("function":"add","inputs":["input","input"],"constant":[1,1,1])",
        "layer arithmetic1: wrong inputs (found 2 and a constant; expected one input and a "
        "constant)");
  fails(
      R"("function":"add","inputs":["input","input"],"constant_first":true)",
      "layer arithmetic1: wrong key (found \"constant_first\"; expected it with a \"constant\" of "
      "another function than prelu)");
  fails(
      R"("function":"prelu","constant":[1,1,4],"constant_first":true)",
      "layer arithmetic1: wrong key (found \"constant_first\"; expected it with a \"constant\" of "
      "another function than prelu)");
  fails(R"("function":"add","constant":[1,1,3])",
        "layer arithmetic1: operands that do not fit (found [3, 2, 4] and [1, 1, 3]; expected as "
        "many axes, with equal extents or 1)");
  fails(R"("function":"add","constant":[4])",
        "layer arithmetic1: operands that do not fit (found [3, 2, 4] and [4]; expected as many "
        "axes, with equal extents or 1)");
  fails(R"("function":"add","views":[[3,8,2]],"constant":[1,1,1])",
        "layers[0].views[0]: wrong value (found an array of 3; expected extents of 24 elements, as "
        "the input 3x2x4 has)");
  fails(R"("function":"add","views":[[1,1,1,1,1,1,24]],"constant":[1,1,1])",
        "layers[0].views[0]: wrong value (found an array of 7; expected an array of 1 to 6)");
  fails(R"("function":"add","constant":[2147483647,2,1])",
        "layers[0].constant: wrong value (found an array of 3; expected a product of at most "
        "2147483647)");
  fails(R"("function":"add","views":[[24,1]],"constant":[1,2000000000])",
        "layer arithmetic1: too many elements (found [24, 2000000000]; expected at most "
        "2147483647)");
  fails(R"("function":"add","views":[[24,1,1]],"constant":[1,20000,1])",
        "layer arithmetic1: too large a picture (found [24, 20000, 1]; expected at most "
        "16384x16384x65536)");
  fails(R"("function":"add","constant":[1,1,1],"output":[23])",
        "layers[0].output: wrong value (found an array of 1; expected a shape of 24 elements)");
  fails(R"("function":"add","constant":[1,1,1],"output":[4,6])",
        "layers[0].output: wrong value (found an array of 2; expected [h, w, c] or [c])");
}
