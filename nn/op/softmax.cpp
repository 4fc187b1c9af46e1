// Without keys: classes → classes, only as the last layer, where the loss and predict() apply it to logits
// themselves. With "view", "axis" (by default the last) or "log" any value, along that axis, anywhere.
#include "nn/op/attributes.h"
#include "nn/op/axes.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

class Softmax final : public Op {
 public:
  explicit Softmax(const OpDescription& d) : Op(d.name, d.inputs, d.inputs[0]) {}
  Variable forward(const OpContext& context, std::span<const Variable> x) const override {
    return softmax(context.stream, x[0]);
  }
  bool makes_probabilities() const override { return true; }
};

class AxisSoftmax final : public Op {
 public:
  AxisSoftmax(const OpDescription& d, int cols, int inner, bool log)
      : Op(d.name, d.inputs, d.inputs[0]), cols_(cols), inner_(inner), log_(log) {}
  Variable forward(const OpContext& context, std::span<const Variable> x) const override {
    return softmax(context.stream, x[0], cols_, inner_, log_);
  }

 private:
  int cols_, inner_;
  bool log_;
};

std::unique_ptr<Op> make(const OpDescription& d) {
  const ActivationShape& in = d.inputs[0].shape;
  const auto axis = d.json.find("axis"), log = d.json.find("log");
  if (!axis && !log && !d.json.find("view")) {
    require(in.flat, "layer ", d.name, ": wrong input (found a picture of ", in.to_string(),
            "; expected flat classes for softmax, from a flatten or linear layer before it)");
    return std::make_unique<Softmax>(d);
  }
  const std::vector<int> view = view_of_input(d);
  const int last = static_cast<int>(view.size()) - 1;
  const int chosen = axis ? integer_of(*axis, 0, last) : last;
  int inner = 1;
  for (int i = chosen + 1; i <= last; ++i) inner *= view[static_cast<std::size_t>(i)];
  return std::make_unique<AxisSoftmax>(d, view[static_cast<std::size_t>(chosen)], inner,
                                       log && log->boolean());
}

}  // namespace

extern const Operation softmax_operation;
const Operation softmax_operation{
    .type = "softmax", .short_name = "softmax", .make = make, .keys = {"view", "axis", "log"}};

}  // namespace pellucid
