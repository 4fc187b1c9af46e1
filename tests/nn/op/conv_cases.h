// conv_cases.h: an operation made from its JSON, and what it says where it refuses.
#pragma once

#include <memory>
#include <string>

#include "nn/op/op.h"
#include "runtime/error.h"
#include "tests/support/compare.h"
#include "tests/support/device.h"
#include "tests/support/random_values.h"

namespace pellucid::test {

// One input; json: its keys, without the braces.
inline std::unique_ptr<Op> make_op(const char* type, const ActivationShape& input,
                                   const std::string& json) {
  const Json description = parse_json("{" + json + "}", "op");
  return find_operation(type)->make({"layer", {value_of(input)}, JsonView(description, "op")});
}
inline std::string refusal(const char* type, const ActivationShape& input,
                           const std::string& json) {
  try {
    make_op(type, input, json);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}
inline bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// Sets its parameters to reals, and gives them in order.
inline std::vector<std::vector<float>> fill_parameters(Op& op) {
  std::vector<std::vector<float>> all;
  for (Parameter* parameter : op.parameters()) {
    const Shape shape = parameter->memory_shape();
    all.push_back(random_values(static_cast<std::size_t>(shape.count()), 71 + all.size()));
    parameter->set_value(Tensor::from_host(stream(), shape, all.back()));
  }
  return all;
}

inline std::vector<float> forward_of(const Op& op, int n, const std::vector<float>& x) {
  const Variable input(Tensor::from_host(stream(), op.input().shape.batch(n), x));
  const NoGradient off;
  return op.forward({stream()}, std::span(&input, 1)).value().to_host<float>(stream());
}

}  // namespace pellucid::test
