// Any shape, unchanged. Acts in training only.
#include "nn/op/op.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

class Dropout final : public Op {
 public:
  Dropout(const OpDescription& d, float rate) : Op(d.name, d.inputs, d.inputs[0]), rate_(rate) {}
  Variable forward(const OpContext& context, std::span<const Variable> x) const override {
    return context.dropout ? dropout(context.stream, x[0], rate_, context.key) : x[0];
  }
  bool keeps_values() const override { return true; }

 private:
  float rate_;
};

std::unique_ptr<Op> make(const OpDescription& d) {
  const auto rate = static_cast<float>(d.json.at("rate").number(0, 1));
  require(rate < 1, "layer ", d.name, ": bad rate (found ", rate,
          "; expected at least 0 and less than 1)");
  return std::make_unique<Dropout>(d, rate);
}

}  // namespace

extern const Operation dropout_operation;
const Operation dropout_operation{
    .type = "dropout", .short_name = "dropout", .make = make, .keys = {"rate"}, .draws = true};

}  // namespace pellucid
