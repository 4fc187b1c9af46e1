// (h, w, c) → h·w·c, in that order.
#include "nn/op/op.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

Value flat(const Value& input) {
  return {{1, 1, static_cast<int>(input.shape.count()), true}, input.shape};
}

class Flatten final : public Op {
 public:
  explicit Flatten(const OpDescription& d) : Op(d.name, d.inputs, flat(d.inputs[0])) {}
  Variable forward(const OpContext&, std::span<const Variable> x) const override {
    return flatten(x[0]);
  }
  bool keeps_values() const override { return true; }
};

std::unique_ptr<Op> make(const OpDescription& d) {
  const ActivationShape& in = d.inputs[0].shape;
  require(in.count() <= kMaxLayerWeights, "layer ", d.name, ": too many features (found ",
          in.to_string(), "; expected at most ", kMaxLayerWeights, ")");
  return std::make_unique<Flatten>(d);
}

}  // namespace

extern const Operation flatten_operation;
const Operation flatten_operation{.type = "flatten", .short_name = "flatten", .make = make};

}  // namespace pellucid
