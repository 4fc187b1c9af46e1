// Classes → classes. Only as the last layer: the loss and predict() apply it to logits themselves.
#include "nn/op/op.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

class Softmax final : public Op {
 public:
  explicit Softmax(const OpDescription& d) : Op(d.name, d.inputs, d.inputs[0]) {}
  Variable forward(const OpContext& context, std::span<const Variable> x) const override {
    return softmax(context.stream, x[0]);
  }
};

std::unique_ptr<Op> make(const OpDescription& d) {
  const ActivationShape& in = d.inputs[0].shape;
  require(in.flat, "layer ", d.name, ": wrong input (found a picture of ", in.to_string(),
          "; expected flat classes for softmax, from a flatten or linear layer before it)");
  return std::make_unique<Softmax>(d);
}

}  // namespace

extern const Operation softmax_operation;
const Operation softmax_operation{
    .type = "softmax", .short_name = "softmax", .make = make, .makes_probabilities = true};

}  // namespace pellucid
