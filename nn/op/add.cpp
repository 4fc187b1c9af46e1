// y = x₁ + x₂ + … of equal shapes, in their order: a residual connection.
#include "nn/op/op.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

class Add final : public Op {
 public:
  explicit Add(const OpDescription& d) : Op(d.name, d.inputs, d.inputs[0]) {}
  Variable forward(const OpContext& context, std::span<const Variable> x) const override {
    Variable sum = add(context.stream, x[0], x[1]);
    for (const Variable& next : x.subspan(2)) sum = add(context.stream, sum, next);
    return sum;
  }
  bool is_addition() const override { return true; }
};

std::unique_ptr<Op> make(const OpDescription& d) {
  for (const Value& input : d.inputs)
    require(input.shape == d.inputs[0].shape && input.picture == d.inputs[0].picture, "layer ",
            d.name, ": inputs of different shapes (found ", d.inputs[0].shape.to_string(), " and ",
            input.shape.to_string(), "; expected equal ones for add)");
  return std::make_unique<Add>(d);
}

}  // namespace

extern const Operation add_operation;
const Operation add_operation{.type = "add",
                              .short_name = "add",
                              .make = make,
                              .least_inputs = 2,
                              .most_inputs = kMostInputs};

}  // namespace pellucid
