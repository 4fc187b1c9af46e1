// (h, w, c) → (p, q, filters); formulas in kernels/conv2d/conv2d.h. Has NAME.weight and, unless "bias" is
// false, NAME.bias.
#include "nn/autograd/shapes.h"
#include "nn/op/attributes.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

class Conv2d final : public Op {
 public:
  Conv2d(const OpDescription& d, const ActivationShape& output, Size2d kernel,
         const Conv2dOptions& options)
      : Op(d.name, d.inputs, value_of(output)),
        options_(options),
        has_bias_(flag_or(d.json, "bias", true)) {
    const int c = input().shape.c / options.groups;
    weight_ = {.name = this->name() + ".weight",
               .variable = {},
               .initial = Initial::he_uniform,
               .out = output.c,
               .h = kernel.h,
               .w = kernel.w,
               .c = c,
               .fan_in = std::int64_t{kernel.h} * kernel.w * c,
               .file_shape = {output.c, c, kernel.h, kernel.w}};
    bias_ = {
        .name = this->name() + ".bias", .variable = {}, .out = output.c, .file_shape = {output.c}};
    read_initial(d.json, weight_, bias_);
  }
  Variable forward(const OpContext& context, std::span<const Variable> x) const override {
    return conv2d(context.stream, x[0], weight_.variable, bias_.variable, options_);
  }
  std::vector<Parameter*> parameters() override {
    return has_bias_ ? std::vector{&weight_, &bias_} : std::vector{&weight_};
  }
  std::optional<Convolution> convolution() const override {
    return Convolution{&weight_, has_bias_ ? &bias_ : nullptr, options_};
  }

 private:
  Conv2dOptions options_;
  bool has_bias_;
  Parameter weight_, bias_;  // the bias stays undefined where there is none
};

std::unique_ptr<Op> make(const OpDescription& d) {
  const ActivationShape& in = d.inputs[0].shape;
  const Size2d kernel = size_of(d.json.at("kernel"), 1, kModelMaxWindow);
  Conv2dOptions o;
  o.stride = size_or(d.json, "stride", 1, {1, 1});
  o.dilation = size_or(d.json, "dilation", 1, {1, 1});
  const Size2d dilated{o.dilation.h * (kernel.h - 1) + 1, o.dilation.w * (kernel.w - 1) + 1};
  o.padding = padding_of(d.json, dilated, o.stride);
  const int filters = integer_of(d.json.at("filters"), 1, kModelMaxChannels);
  expect_picture(d.name, "conv2d", in);
  o.groups = groups_of(d, in.c, filters);
  require(dilated.h <= in.h + o.padding.top + o.padding.bottom &&
              dilated.w <= in.w + o.padding.left + o.padding.right,
          "layer ", d.name, ": no output (found a filter of ", text_of(kernel), " with dilation ",
          text_of(o.dilation), "; expected one that fits ", in.to_string(), " with padding ",
          text_of(o.padding), ")");
  const int c = in.c / o.groups;
  expect_weights(d.name, std::int64_t{filters} * kernel.h * kernel.w * c,
                 concat(filters, " filters of ", text_of(kernel), "x", c));
  const Conv2dShape shape = shape_of(in.batch(1), filters, kernel, o);
  return std::make_unique<Conv2d>(d, ActivationShape{shape.p(), shape.q(), filters}, kernel, o);
}

}  // namespace

extern const Operation conv2d_operation;
const Operation conv2d_operation{
    .type = "conv2d",
    .short_name = "conv",
    .make = make,
    .keys = {"filters", "kernel", "stride", "padding", "dilation", "groups", "bias", "initial"},
    .outputs_key = "filters"};

}  // namespace pellucid
