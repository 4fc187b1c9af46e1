// op_from.h: one operation of its JSON, as a layer of a network would be.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nn/op/op.h"
#include "runtime/error.h"
#include "tests/support/device.h"

namespace pellucid::test {

inline std::unique_ptr<Op> op_from(const std::string& json, const std::vector<Value>& inputs) {
  const Json layer = parse_json(json, "line");
  const JsonView view(layer, "line");
  return find_operation(view.at("type").text())->make({"it", inputs, view});
}
inline std::unique_ptr<Op> op_from(const std::string& json, const ActivationShape& input) {
  return op_from(json, std::vector{value_of(input)});
}

// What is said of JSON that makes no operation.
inline std::string refused_op(const std::string& json, const std::vector<Value>& inputs) {
  try {
    op_from(json, inputs);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}
inline std::string refused_op(const std::string& json, const ActivationShape& input) {
  return refused_op(json, std::vector{value_of(input)});
}

inline Variable forward(const Op& op, const std::vector<Variable>& x) {
  return op.forward({stream()}, x);
}

}  // namespace pellucid::test
