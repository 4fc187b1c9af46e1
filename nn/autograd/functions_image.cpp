// The functions on pictures: convolution and pooling.
#include "nn/autograd/functions.h"
#include "nn/autograd/shapes.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

Pool2dShape pool_shape(const char* function, const Tensor& x, const Pool2dOptions& o) {
  require(x.shape().rank() == 4, function, ": expected x (N, H, W, C), got the shape ",
          x.shape().to_string());
  return shape_of(x.shape(), o);
}

// Output extents are needed before the kernel's own checks can run.
Shape pooled(const char* function, const Pool2dShape& s) {
  require(s.stride_h >= 1 && s.stride_w >= 1 && s.p() >= 1 && s.q() >= 1, function,
          ": a window of ", s.window_h, "x", s.window_w, " with stride ", s.stride_h, "x",
          s.stride_w, " has no output on ", s.h, "x", s.w);
  return {s.n, s.p(), s.q(), s.c};
}

}  // namespace

Variable conv2d(Stream& stream, const Variable& x, const Variable& weight, const Variable& bias,
                const Conv2dOptions& o) {
  const Tensor &input = x.value(), &w = weight.value();
  require(input.shape().rank() == 4 && w.shape().rank() == 4 && o.groups >= 1 &&
              input.shape()[3] == w.shape()[3] * o.groups &&
              (!bias.defined() || bias.value().count() == w.shape()[0]),
          "conv2d: x ", input.shape().to_string(), ", weight ", w.shape().to_string(),
          bias.defined() ? " and bias " + bias.shape().to_string() : "", " do not fit in ",
          o.groups, " groups");
  require(o.stride.h >= 1 && o.stride.w >= 1, "conv2d: the stride must be at least 1, got ",
          o.stride.h, "x", o.stride.w);
  const Size2d kernel{static_cast<int>(w.shape()[1]), static_cast<int>(w.shape()[2])};
  const Conv2dShape shape = shape_of(input.shape(), static_cast<int>(w.shape()[0]), kernel, o);
  require(shape.p() >= 1 && shape.q() >= 1, "conv2d: a filter of ", shape.r, "x", shape.s,
          " has no output on ", shape.h, "x", shape.w);
  const Tensor y = Tensor::empty(stream, {shape.n, shape.p(), shape.q(), shape.k});
  conv2d_fprop(stream, {shape, input.data<float>(), w.data<float>(),
                        bias.defined() ? bias.value().data<float>() : nullptr, y.data<float>()});

  const bool wants_dx = x.requires_gradient(), wants_dw = weight.requires_gradient();
  const bool wants_dbias = bias.defined() && bias.requires_gradient();
  const bool wants_wgrad = wants_dw || wants_dbias;
  return Variable::operation(
      "conv2d", y, {x, weight, bias},
      [shape, wants_dx, wants_wgrad, wants_dbias, x_value = wants_wgrad ? input : Tensor(),
       w_value = wants_dx ? w : Tensor()](Stream& s, const Tensor& dy) -> std::vector<Tensor> {
        Tensor dx, dw, dbias;
        if (wants_dx) {
          dx = Tensor::empty(s, {shape.n, shape.h, shape.w, shape.c});
          conv2d_dgrad(s, {shape, dy.data<float>(), w_value.data<float>(), dx.data<float>()});
        }
        if (wants_wgrad) {
          dw = Tensor::empty(s, {shape.k, shape.r, shape.s, shape.group_c()});
          if (wants_dbias) dbias = Tensor::empty(s, {shape.k});
          conv2d_wgrad(s, {shape, x_value.data<float>(), dy.data<float>(), dw.data<float>(),
                           wants_dbias ? dbias.data<float>() : nullptr});
        }
        return {dx, dw, dbias};
      });
}

namespace {

// Σ over the pixels of each channel: what a 1 × 1 convolution of anything gives as gradient of its bias.
Tensor channel_sums(Stream& stream, const Tensor& dy) {
  const Shape& at = dy.shape();
  const Conv2dShape shape{.n = static_cast<int>(at[0]),
                          .h = static_cast<int>(at[1]),
                          .w = static_cast<int>(at[2]),
                          .c = 1,
                          .k = static_cast<int>(at[3]),
                          .r = 1,
                          .s = 1};
  const Tensor unused = Tensor::empty(stream, {at[3]}), sums = Tensor::empty(stream, {at[3]});
  conv2d_wgrad(stream, {shape, dy.data<float>(), dy.data<float>(), unused.data<float>(),
                        sums.data<float>()});
  return sums;
}

}  // namespace

Variable conv_transpose2d(Stream& stream, const Variable& x, const Variable& weight,
                          const Variable& bias, const Conv2dOptions& o, Size2d output_padding) {
  const Tensor &input = x.value(), &w = weight.value();
  require(input.shape().rank() == 4 && w.shape().rank() == 4 && o.groups >= 1 &&
              input.shape()[3] == w.shape()[0] &&
              (!bias.defined() || bias.value().count() == w.shape()[3] * o.groups),
          "conv_transpose2d: x ", input.shape().to_string(), ", weight ", w.shape().to_string(),
          bias.defined() ? " and bias " + bias.shape().to_string() : "", " do not fit in ",
          o.groups, " groups");
  require(output_padding.h >= 0 && output_padding.w >= 0 && output_padding.h < o.stride.h &&
              output_padding.w < o.stride.w,
          "conv_transpose2d: the output padding must be at least 0 and below the stride, got ",
          output_padding.h, "x", output_padding.w, " with stride ", o.stride.h, "x", o.stride.w);
  const Size2d kernel{static_cast<int>(w.shape()[1]), static_cast<int>(w.shape()[2])};
  const Conv2dShape shape = transposed_shape_of(
      input.shape(), static_cast<int>(w.shape()[3]) * o.groups, kernel, o, output_padding);
  require(shape.h >= 1 && shape.w >= 1, "conv_transpose2d: a filter of ", shape.r, "x", shape.s,
          " has no output on ", input.shape().to_string());
  const Tensor y = Tensor::empty(stream, {shape.n, shape.h, shape.w, shape.c});
  conv2d_dgrad(stream, {shape, input.data<float>(), w.data<float>(), y.data<float>(),
                        bias.defined() ? bias.value().data<float>() : nullptr});

  const bool wants_dx = x.requires_gradient(), wants_dw = weight.requires_gradient();
  const bool wants_dbias = bias.defined() && bias.requires_gradient();
  return Variable::operation(
      "conv_transpose2d", y, {x, weight, bias},
      [shape, wants_dx, wants_dw, wants_dbias, x_value = wants_dw ? input : Tensor(),
       w_value = wants_dx ? w : Tensor()](Stream& s, const Tensor& dy) -> std::vector<Tensor> {
        Tensor dx, dw;
        if (wants_dx) {
          dx = Tensor::empty(s, {shape.n, shape.p(), shape.q(), shape.k});
          conv2d_fprop(s,
                       {shape, dy.data<float>(), w_value.data<float>(), nullptr, dx.data<float>()});
        }
        if (wants_dw) {
          dw = Tensor::empty(s, {shape.k, shape.r, shape.s, shape.group_c()});
          conv2d_wgrad(s,
                       {shape, dy.data<float>(), x_value.data<float>(), dw.data<float>(), nullptr});
        }
        return {dx, dw, wants_dbias ? channel_sums(s, dy) : Tensor()};
      });
}

namespace {

Variable max_pool2d(Stream& stream, const Variable& x, const Pool2dOptions& options, bool relu) {
  const Pool2dShape shape = pool_shape("max_pool2d", x.value(), options);
  const Tensor y = Tensor::empty(stream, pooled("max_pool2d", shape));
  // Where the maxima are is all that the derivative needs.
  const bool recorded = gradient_enabled() && x.requires_gradient();
  const Tensor index = recorded ? Tensor::empty(stream, y.shape(), DType::i32) : Tensor();
  max_pool2d(stream, MaxPool2dArgs{shape, x.value().data<float>(), y.data<float>(),
                                   recorded ? index.data<std::int32_t>() : nullptr, relu});
  return Variable::operation(
      "max_pool2d", y, {x}, [shape, index](Stream& s, const Tensor& dy) -> std::vector<Tensor> {
        const Tensor dx = Tensor::empty(s, {shape.n, shape.h, shape.w, shape.c});
        max_pool2d_backward(
            s, {shape, dy.data<float>(), index.data<std::int32_t>(), dx.data<float>()});
        return {dx};
      });
}

}  // namespace

Variable max_pool2d(Stream& stream, const Variable& x, const Pool2dOptions& options) {
  return max_pool2d(stream, x, options, false);
}

Variable relu_max_pool2d(Stream& stream, const Variable& x, const Pool2dOptions& options) {
  return max_pool2d(stream, x, options, true);
}

Variable average_pool2d(Stream& stream, const Variable& x, const Pool2dOptions& options) {
  const Pool2dShape shape = pool_shape("average_pool2d", x.value(), options);
  const Tensor y = Tensor::empty(stream, pooled("average_pool2d", shape));
  average_pool2d(stream, AveragePool2dArgs{shape, x.value().data<float>(), y.data<float>()});
  return Variable::operation(
      "average_pool2d", y, {x}, [shape](Stream& s, const Tensor& dy) -> std::vector<Tensor> {
        const Tensor dx = Tensor::empty(s, {shape.n, shape.h, shape.w, shape.c});
        average_pool2d_backward(s, {shape, dy.data<float>(), dx.data<float>()});
        return {dx};
      });
}

}  // namespace pellucid
