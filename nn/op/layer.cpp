#include "nn/op/layer.h"

#include <string_view>
#include <utility>

#include "kernels/conv2d/conv2d.h"
#include "kernels/pool2d/pool2d.h"
#include "runtime/error.h"

namespace pellucid {

Shape ActivationShape::batch(std::int64_t n) const {
  return flat ? Shape{n, c} : Shape{n, h, w, c};
}

std::string ActivationShape::to_string() const {
  return flat ? concat(c) : concat(h, "x", w, "x", c);
}

Shape Parameter::memory_shape() const {
  return file_shape.rank() == 4 ? Shape{out, h, w, c} : file_shape;
}

void Parameter::set_value(Tensor value) {
  if (variable.defined()) variable.set_value(std::move(value));
  else variable = Variable(std::move(value), true);
}

namespace {

std::string text_of(Size2d size) { return concat(size.h, "x", size.w); }

void expect_picture(const std::string& name, const char* type, const ActivationShape& input) {
  require(!input.flat, "layer ", name, ": wrong input (found ", input.to_string(),
          " flat features; expected a picture for ", type, ")");
}

class Conv2dLayer final : public Layer {
 public:
  Conv2dLayer(std::string name, ActivationShape input, ActivationShape output, Size2d kernel,
              const Conv2dOptions& options)
      : Layer(std::move(name), "conv2d", input, output), options_(options) {
    weight_ = {.name = this->name() + ".weight",
               .variable = {},
               .out = output.c,
               .h = kernel.h,
               .w = kernel.w,
               .c = input.c,
               .fan_in = std::int64_t{kernel.h} * kernel.w * input.c,
               .file_shape = {output.c, input.c, kernel.h, kernel.w}};
    bias_ = {
        .name = this->name() + ".bias", .variable = {}, .out = output.c, .file_shape = {output.c}};
  }
  Variable forward(const LayerContext& context, const Variable& x) const override {
    return conv2d(context.stream, x, weight_.variable, bias_.variable, options_);
  }
  std::vector<Parameter*> parameters() override { return {&weight_, &bias_}; }
  std::optional<Convolution> convolution() const override {
    return Convolution{&weight_, &bias_, options_};
  }

 private:
  Conv2dOptions options_;
  Parameter weight_, bias_;
};

class LinearLayer final : public Layer {
 public:
  LinearLayer(std::string name, ActivationShape input, int outputs, ActivationShape picture)
      : Layer(std::move(name), "linear", input, {1, 1, outputs, true}) {
    weight_ = {.name = this->name() + ".weight",
               .variable = {},
               .out = outputs,
               .h = picture.h,
               .w = picture.w,
               .c = picture.c,
               .fan_in = input.count(),
               .file_shape = {outputs, input.count()}};
    bias_ = {
        .name = this->name() + ".bias", .variable = {}, .out = outputs, .file_shape = {outputs}};
  }
  Variable forward(const LayerContext& context, const Variable& x) const override {
    const Variable& w = weight_.variable;
    return linear(context.stream, x, w, bias_.variable);
  }
  std::vector<Parameter*> parameters() override { return {&weight_, &bias_}; }

 private:
  Parameter weight_, bias_;
};

class ReluLayer final : public Layer {
 public:
  ReluLayer(std::string name, ActivationShape shape)
      : Layer(std::move(name), "relu", shape, shape) {}
  Variable forward(const LayerContext& context, const Variable& x) const override {
    return relu(context.stream, x);
  }
};

class DropoutLayer final : public Layer {
 public:
  DropoutLayer(std::string name, ActivationShape shape, float rate)
      : Layer(std::move(name), "dropout", shape, shape), rate_(rate) {}
  Variable forward(const LayerContext& context, const Variable& x) const override {
    return context.training ? dropout(context.stream, x, rate_, context.key) : x;
  }

 private:
  float rate_;
};

template <Variable (*kPool)(Stream&, const Variable&, const Pool2dOptions&)>
class Pool2dLayer final : public Layer {
 public:
  Pool2dLayer(std::string name, const char* type, ActivationShape input, ActivationShape output,
              const Pool2dOptions& options)
      : Layer(std::move(name), type, input, output), options_(options) {}
  Variable forward(const LayerContext& context, const Variable& x) const override {
    return kPool(context.stream, x, options_);
  }
  std::optional<Pool2dOptions> max_pooling() const override {
    if (std::string_view(type()) != "max_pool2d") return std::nullopt;
    return options_;
  }

 private:
  Pool2dOptions options_;
};

class FlattenLayer final : public Layer {
 public:
  FlattenLayer(std::string name, ActivationShape input)
      : Layer(std::move(name), "flatten", input, {1, 1, static_cast<int>(input.count()), true}) {}
  Variable forward(const LayerContext&, const Variable& x) const override { return flatten(x); }
};

class SoftmaxLayer final : public Layer {
 public:
  SoftmaxLayer(std::string name, ActivationShape shape)
      : Layer(std::move(name), "softmax", shape, shape) {}
  Variable forward(const LayerContext& context, const Variable& x) const override {
    return softmax(context.stream, x);
  }
};

template <Variable (*kPool)(Stream&, const Variable&, const Pool2dOptions&)>
std::unique_ptr<Layer> make_pool2d(std::string name, const char* type, ActivationShape input,
                                   const Pool2dOptions& o) {
  expect_picture(name, type, input);
  require(o.window.h >= 1 && o.window.w >= 1 && o.stride.h >= 1 && o.stride.w >= 1, "layer ", name,
          ": bad size (found window ", text_of(o.window), " and stride ", text_of(o.stride),
          "; expected at least 1)");
  require(
      o.padding.h >= 0 && o.padding.w >= 0 && o.padding.h < o.window.h && o.padding.w < o.window.w,
      "layer ", name, ": bad padding (found ", text_of(o.padding),
      "; expected less than the window of ", text_of(o.window), ")");
  const Pool2dShape shape{.n = 1,
                          .h = input.h,
                          .w = input.w,
                          .c = input.c,
                          .window_h = o.window.h,
                          .window_w = o.window.w,
                          .stride_h = o.stride.h,
                          .stride_w = o.stride.w,
                          .pad_h = o.padding.h,
                          .pad_w = o.padding.w};
  // Compared before dividing, since a negative quotient rounds up to 0.
  require(o.window.h <= input.h + 2 * o.padding.h && o.window.w <= input.w + 2 * o.padding.w,
          "layer ", name, ": no output (found a window of ", text_of(o.window),
          "; expected one that fits ", input.to_string(), " with padding ", text_of(o.padding),
          ")");
  return std::make_unique<Pool2dLayer<kPool>>(std::move(name), type, input,
                                              ActivationShape{shape.p(), shape.q(), input.c}, o);
}

}  // namespace

std::unique_ptr<Layer> make_conv2d(std::string name, ActivationShape input, int filters,
                                   Size2d kernel, const Conv2dOptions& o) {
  expect_picture(name, "conv2d", input);
  require(filters >= 1 && kernel.h >= 1 && kernel.w >= 1 && o.stride.h >= 1 && o.stride.w >= 1 &&
              o.dilation.h >= 1 && o.dilation.w >= 1 && o.padding.h >= 0 && o.padding.w >= 0,
          "layer ", name, ": bad size (found ", filters, " filters, kernel ", text_of(kernel),
          ", stride ", text_of(o.stride), " and dilation ", text_of(o.dilation),
          "; expected at least 1)");
  const Conv2dShape shape{.n = 1,
                          .h = input.h,
                          .w = input.w,
                          .c = input.c,
                          .k = filters,
                          .r = kernel.h,
                          .s = kernel.w,
                          .stride_h = o.stride.h,
                          .stride_w = o.stride.w,
                          .pad_h = o.padding.h,
                          .pad_w = o.padding.w,
                          .dilation_h = o.dilation.h,
                          .dilation_w = o.dilation.w};
  require(o.dilation.h * (kernel.h - 1) < input.h + 2 * o.padding.h &&
              o.dilation.w * (kernel.w - 1) < input.w + 2 * o.padding.w,
          "layer ", name, ": no output (found a filter of ", text_of(kernel), " with dilation ",
          text_of(o.dilation), "; expected one that fits ", input.to_string(), " with padding ",
          text_of(o.padding), ")");
  const std::int64_t weights = std::int64_t{filters} * kernel.h * kernel.w * input.c;
  require(weights <= kMaxLayerWeights, "layer ", name, ": too many weights (found ", filters,
          " filters of ", text_of(kernel), "x", input.c, "; expected at most ", kMaxLayerWeights,
          " weights)");
  return std::make_unique<Conv2dLayer>(std::move(name), input,
                                       ActivationShape{shape.p(), shape.q(), filters}, kernel, o);
}

std::unique_ptr<Layer> make_linear(std::string name, ActivationShape input, int outputs,
                                   ActivationShape picture) {
  require(input.flat, "layer ", name, ": wrong input (found a picture of ", input.to_string(),
          "; expected flat features for linear, from a flatten layer before it)");
  require(outputs >= 1, "layer ", name, ": bad size (found ", outputs,
          " outputs; expected at least 1)");
  require(input.count() * outputs <= kMaxLayerWeights, "layer ", name, ": too many weights (found ",
          input.count(), " inputs and ", outputs, " outputs; expected at most ", kMaxLayerWeights,
          " weights)");
  require(picture.count() == input.count(), "layer ", name, ": wrong input (found ",
          input.to_string(), " features; expected those of a flattened ", picture.to_string(), ")");
  return std::make_unique<LinearLayer>(std::move(name), input, outputs, picture);
}

std::unique_ptr<Layer> make_relu(std::string name, ActivationShape input) {
  return std::make_unique<ReluLayer>(std::move(name), input);
}

std::unique_ptr<Layer> make_dropout(std::string name, ActivationShape input, float rate) {
  require(rate >= 0 && rate < 1, "layer ", name, ": bad rate (found ", rate,
          "; expected at least 0 and less than 1)");
  return std::make_unique<DropoutLayer>(std::move(name), input, rate);
}

std::unique_ptr<Layer> make_max_pool2d(std::string name, ActivationShape input,
                                       const Pool2dOptions& options) {
  return make_pool2d<max_pool2d>(std::move(name), "max_pool2d", input, options);
}

std::unique_ptr<Layer> make_average_pool2d(std::string name, ActivationShape input,
                                           const Pool2dOptions& options) {
  return make_pool2d<average_pool2d>(std::move(name), "average_pool2d", input, options);
}

std::unique_ptr<Layer> make_flatten(std::string name, ActivationShape input) {
  require(input.count() <= kMaxLayerWeights, "layer ", name, ": too many features (found ",
          input.to_string(), "; expected at most ", kMaxLayerWeights, ")");
  return std::make_unique<FlattenLayer>(std::move(name), input);
}

std::unique_ptr<Layer> make_softmax(std::string name, ActivationShape input) {
  require(input.flat, "layer ", name, ": wrong input (found a picture of ", input.to_string(),
          "; expected flat classes for softmax, from a flatten or linear layer before it)");
  return std::make_unique<SoftmaxLayer>(std::move(name), input);
}

}  // namespace pellucid
