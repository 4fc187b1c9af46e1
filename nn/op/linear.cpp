// Flat features → `outputs`; formulas in kernels/linear/linear.h. Has NAME.weight and, unless "bias" is
// false, NAME.bias.
#include "nn/op/attributes.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

class Linear final : public Op {
 public:
  Linear(const OpDescription& d, int outputs)
      : Op(d.name, d.inputs, value_of({1, 1, outputs, true})),
        has_bias_(flag_or(d.json, "bias", true)) {
    const Value& input = d.inputs[0];
    weight_ = {.name = this->name() + ".weight",
               .variable = {},
               .initial = Initial::he_uniform,
               .out = outputs,
               .h = input.picture.h,
               .w = input.picture.w,
               .c = input.picture.c,
               .fan_in = input.shape.count(),
               .file_shape = {outputs, input.shape.count()}};
    bias_ = {
        .name = this->name() + ".bias", .variable = {}, .out = outputs, .file_shape = {outputs}};
    read_initial(d.json, weight_, bias_);
  }
  Variable forward(const OpContext& context, std::span<const Variable> x) const override {
    return linear(context.stream, x[0], weight_.variable, bias_.variable);
  }
  std::vector<Parameter*> parameters() override {
    return has_bias_ ? std::vector{&weight_, &bias_} : std::vector{&weight_};
  }
  const Parameter* linear_weight() const override { return &weight_; }

 private:
  bool has_bias_;
  Parameter weight_, bias_;  // the bias stays undefined where there is none
};

std::unique_ptr<Op> make(const OpDescription& d) {
  const ActivationShape& in = d.inputs[0].shape;
  const int outputs = integer_of(d.json.at("outputs"), 1, kModelMaxChannels);
  require(in.flat, "layer ", d.name, ": wrong input (found a picture of ", in.to_string(),
          "; expected flat features for linear, from a flatten layer before it)");
  require(in.count() * outputs <= kMaxLayerWeights, "layer ", d.name, ": too many weights (found ",
          in.count(), " inputs and ", outputs, " outputs; expected at most ", kMaxLayerWeights,
          " weights)");
  return std::make_unique<Linear>(d, outputs);
}

}  // namespace

extern const Operation linear_operation;
const Operation linear_operation{.type = "linear",
                                 .short_name = "fc",
                                 .make = make,
                                 .keys = {"outputs", "bias", "initial"},
                                 .outputs_key = "outputs"};

}  // namespace pellucid
