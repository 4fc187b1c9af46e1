// pointwise_model.h: networks of one layer that is looked at, on the device under test.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "nn/graph/model.h"
#include "nn/plan/plan.h"
#include "tests/support/compare.h"
#include "tests/support/device.h"
#include "tests/support/random_values.h"

namespace pellucid::test {

// Its layers are `layers`, behind which the picture is flattened; an input of 3 × 2 × 4 by default.
inline Json pointwise_description(const std::string& layers, const std::string& input = "[3,2,4]",
                                  const std::string& tail = R"(,{"type":"flatten"})") {
  return parse_json(R"({"name":"m","input":)" + input + R"(,"layers":[)" + layers + tail + "]}",
                    "m.json");
}

// The first two images' outputs, of training and of a plan, which must agree to the bit.
inline std::vector<float> outputs_of(const Model& model, const std::vector<float>& x, int n) {
  const Tensor in = Tensor::from_host(stream(), model.input().batch(n), x);
  const auto y = model.forward(stream(), Variable(in)).value().to_host<float>(stream());
  CHECK_SAME_BITS(Plan(stream(), model).logits(in).to_host<float>(stream()), y);
  return y;
}

// Σ seed·outputs' gradient at the input, beside what a function of double says.
template <class Reference>
void check_input_gradient(const Model& model, const std::vector<float>& x, int n,
                          const Reference& reference, double tolerance = 2e-5) {
  Variable in(Tensor::from_host(stream(), model.input().batch(n), x), true);
  const Variable y = model.forward(stream(), in);
  const auto seed = random_values(static_cast<std::size_t>(y.value().count()), 22);
  backward(stream(), y, Tensor::from_host(stream(), y.shape(), seed));
  std::vector<double> at(x.begin(), x.end());
  std::vector<float> expected;
  for (std::size_t i = 0; i < at.size(); ++i) {
    constexpr double h = 1e-6;
    const double middle = at[i];
    double slope = 0;
    for (const double side : {1.0, -1.0}) {
      at[i] = middle + side * h;
      const std::vector<double> values = reference(at);
      for (std::size_t k = 0; k < values.size(); ++k) slope += side * seed[k] * values[k];
    }
    at[i] = middle;
    expected.push_back(static_cast<float>(slope / (2 * h)));
  }
  CHECK_CLOSE(in.gradient().to_host<float>(stream()), expected, tolerance, tolerance);
}

}  // namespace pellucid::test
