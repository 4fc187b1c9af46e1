#include "kernels/activation/activation.h"

#include "tests/nn/op/pointwise_model.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

std::string layer(const std::string& rest) { return R"({"type":"activation",)" + rest + "}"; }

Model model(const std::string& layers) {
  return Model(stream(), pointwise_description(layers), 1, "m.json");
}

// Two images; domains of log, acosh … are left out of the kernels' own test.
const std::vector<float> kInput = random_values(2 * 24, 5, -2.7f, 2.9f);

std::vector<double> expected(const Activation& f, const std::vector<double>& x) {
  std::vector<double> y;
  for (const double value : x) y.push_back(activation_reference(f, value));
  return y;
}

void check(const std::string& json, const Activation& f) {
  CAPTURE(json);
  const Model m = model(layer(json));
  std::vector<float> rounded;
  for (const double y : expected(f, {kInput.begin(), kInput.end()}))
    rounded.push_back(static_cast<float>(y));
  CHECK_CLOSE(outputs_of(m, kInput, 2), rounded, 4e-7, 5e-7);
  check_input_gradient(m, kInput, 2, [&](const std::vector<double>& x) { return expected(f, x); });
}

}  // namespace

TEST_CASE("activation: values and gradients of functions of all numbers") {
  for (const ActivationInfo& info : all_activations()) {
    using enum ActivationFunction;
    const bool partial = info.function == log || info.function == sqrt || info.function == tan ||
                         info.function == reciprocal || info.function == asin ||
                         info.function == acos || info.function == acosh || info.function == atanh;
    if (partial) continue;
    check(R"("function":")" + std::string(info.name) + '"',
          {info.function, info.alpha.value_or(0), info.beta.value_or(0)});
  }
}

TEST_CASE("activation: alpha and beta") {
  using enum ActivationFunction;
  check(R"("function":"clip","alpha":-0.5,"beta":1.25)", {clip, -0.5f, 1.25f});
  check(R"("function":"hard_sigmoid","alpha":0.25,"beta":0.375)", {hard_sigmoid, 0.25f, 0.375f});
  check(R"("function":"elu","alpha":2)", {elu, 2});
  check(R"("function":"celu","alpha":-2.5)", {celu, -2.5f});
  check(R"("function":"swish","alpha":1.702)", {swish, 1.702f});
  check(R"("function":"selu","alpha":1.5,"beta":0.5)", {selu, 1.5f, 0.5f});
  check(R"("function":"leaky_relu","alpha":3)", {leaky_relu, 3});
  check(R"("function":"thresholded_relu","alpha":0.5)", {thresholded_relu, 0.5f});
}

TEST_CASE("activation: leaky_relu is a type of its own, with the same bits") {
  CHECK_SAME_BITS(outputs_of(model(R"({"type":"leaky_relu","slope":0.125})"), kInput, 2),
                  outputs_of(model(layer(R"("function":"leaky_relu","alpha":0.125)")), kInput, 2));
  std::vector<float> y;
  for (const float x : kInput) y.push_back(x > 0 ? x : 0.01f * x);
  const Model m = model(R"({"type":"leaky_relu"},{"type":"activation","function":"abs"})");
  CHECK(m.layer_names() == std::vector<std::string>{"leaky1", "activation1", "flatten1"});
  CHECK_SAME_BITS(outputs_of(model(R"({"type":"leaky_relu"})"), kInput, 2), y);
}

TEST_CASE("activation: what is not a function, or has no such number, is refused") {
  const auto fails = [](const std::string& json, const std::string& message) {
    CHECK_THROWS_WITH_AS(model(layer(json)), ("m.json: layers[0]" + message).c_str(), Error);
  };
  fails(R"("alpha":1)", ": missing key (found none named \"function\"; expected one)");
  fails(R"("function":"relu6")",
        ".function: wrong value (found \"relu6\"; expected sigmoid, tanh, hard_sigmoid, "
        "hard_swish, swish, gelu, gelu_tanh, erf, softplus, mish, elu, selu, celu, softsign, "
        "leaky_relu, clip, thresholded_relu, abs, neg, exp, log, sqrt, reciprocal, sign, floor, "
        "ceil, round, sin, cos, tan, asin, acos, atan, sinh, cosh, asinh, acosh, atanh)");
  fails(R"("function":"tanh","alpha":1)",
        ".alpha: wrong value (found 1; expected no such key: tanh has no alpha)");
  fails(R"("function":"elu","beta":1)",
        ".beta: wrong value (found 1; expected no such key: elu has no beta)");
  fails(R"("function":"celu","alpha":0)",
        ".alpha: wrong value (found 0; expected a number that is not 0, by which celu divides)");
  fails(R"("function":"clip","alpha":1e39)",
        ".alpha: wrong value (found 1e+39; expected a number from -3.40282e+38 to 3.40282e+38)");
}
