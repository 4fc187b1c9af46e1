// (h, w, c) → (p, q, filters): the transposed convolution of nn/autograd/functions.h. Has NAME.weight and,
// unless "bias" is false, NAME.bias.
#include "nn/autograd/shapes.h"
#include "nn/op/attributes.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

class ConvTranspose2d final : public Op {
 public:
  ConvTranspose2d(std::string name, const Value& input, const ActivationShape& output,
                  Size2d kernel, const Conv2dOptions& options, Size2d output_padding, bool has_bias)
      : Op(std::move(name), {input}, value_of(output)),
        options_(options),
        output_padding_(output_padding),
        has_bias_(has_bias) {
    // Inputs first, in memory and in files: PyTorch's (in, out / groups, h, w).
    const int in = input.shape.c, filters = output.c / options.groups;
    weight_ = {.name = this->name() + ".weight",
               .variable = {},
               .initial = Initial::he_uniform,
               .out = in,
               .h = kernel.h,
               .w = kernel.w,
               .c = filters,
               .fan_in = std::int64_t{kernel.h} * kernel.w * (in / options.groups),
               .file_shape = {in, filters, kernel.h, kernel.w}};
    bias_ = {
        .name = this->name() + ".bias", .variable = {}, .out = output.c, .file_shape = {output.c}};
  }
  Variable forward(const OpContext& context, std::span<const Variable> x) const override {
    return conv_transpose2d(context.stream, x[0], weight_.variable, bias_.variable, options_,
                            output_padding_);
  }
  std::vector<Parameter*> parameters() override {
    return has_bias_ ? std::vector{&weight_, &bias_} : std::vector{&weight_};
  }

 private:
  Conv2dOptions options_;
  Size2d output_padding_;
  bool has_bias_;
  Parameter weight_, bias_;  // the bias stays undefined where there is none
};

std::unique_ptr<Op> make(const OpDescription& d) {
  const ActivationShape& in = d.inputs[0].shape;
  const Size2d kernel = size_of(d.json.at("kernel"), 1, kModelMaxWindow);
  Conv2dOptions o;
  o.stride = size_or(d.json, "stride", 1, {1, 1});
  o.dilation = size_or(d.json, "dilation", 1, {1, 1});
  const auto padding = d.json.find("padding");
  if (padding && padding->is_text()) padding->fail_expected("a size or [top, left, bottom, right]");
  o.padding = padding_of(d.json, kernel, o.stride);
  const Size2d more = size_or(d.json, "output_padding", 0, {0, 0});
  const int filters = integer_of(d.json.at("filters"), 1, kModelMaxChannels);
  expect_picture(d.name, "conv_transpose2d", in);
  o.groups = groups_of(d, in.c, filters);
  require(more.h < o.stride.h && more.w < o.stride.w, "layer ", d.name,
          ": bad output_padding (found ", text_of(more), "; expected less than the stride of ",
          text_of(o.stride), ")");
  const int of_group = filters / o.groups;
  expect_weights(d.name, std::int64_t{in.c} * kernel.h * kernel.w * of_group,
                 concat(in.c, " inputs to ", of_group, " filters of ", text_of(kernel)));
  const Conv2dShape shape = transposed_shape_of(in.batch(1), filters, kernel, o, more);
  require(shape.h >= 1 && shape.w >= 1, "layer ", d.name, ": no output (found a padding of ",
          text_of(o.padding), "; expected less for a filter of ", text_of(kernel), " on ",
          in.to_string(), ")");
  require(shape.h <= kModelMaxExtent && shape.w <= kModelMaxExtent, "layer ", d.name,
          ": too large an output (found ", shape.h, "x", shape.w, "; expected at most ",
          kModelMaxExtent, " pixels a side)");
  return std::make_unique<ConvTranspose2d>(d.name, d.inputs[0],
                                           ActivationShape{shape.h, shape.w, filters}, kernel, o,
                                           more, flag_or(d.json, "bias", true));
}

}  // namespace

extern const Operation conv_transpose2d_operation;
const Operation conv_transpose2d_operation{
    .type = "conv_transpose2d",
    .short_name = "deconv",
    .make = make,
    .keys = {"filters", "kernel", "stride", "padding", "output_padding", "dilation", "groups",
             "bias"}};

}  // namespace pellucid
