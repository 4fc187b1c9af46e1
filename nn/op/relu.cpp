// Any shape, unchanged.
#include "nn/op/op.h"

namespace pellucid {
namespace {

class Relu final : public Op {
 public:
  explicit Relu(const OpDescription& d) : Op(d.name, d.inputs, d.inputs[0]) {}
  Variable forward(const OpContext& context, std::span<const Variable> x) const override {
    return relu(context.stream, x[0]);
  }
  bool is_relu() const override { return true; }
};

}  // namespace

extern const Operation relu_operation;
const Operation relu_operation{.type = "relu",
                               .short_name = "relu",
                               .make = [](const OpDescription& d) -> std::unique_ptr<Op> {
                                 return std::make_unique<Relu>(d);
                               }};

}  // namespace pellucid
