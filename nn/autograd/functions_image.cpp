// The functions on pictures: convolution and pooling.
#include "kernels/conv2d/conv2d.h"
#include "kernels/pool2d/pool2d.h"
#include "nn/autograd/functions.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

int extent(const Tensor& tensor, int axis) { return static_cast<int>(tensor.shape()[axis]); }

Pool2dShape pool_shape(const char* function, const Tensor& x, const Pool2dOptions& o) {
  require(x.shape().rank() == 4, function, ": expected x (N, H, W, C), got the shape ",
          x.shape().to_string());
  return {.n = extent(x, 0),
          .h = extent(x, 1),
          .w = extent(x, 2),
          .c = extent(x, 3),
          .window_h = o.window.h,
          .window_w = o.window.w,
          .stride_h = o.stride.h,
          .stride_w = o.stride.w,
          .pad_h = o.padding.h,
          .pad_w = o.padding.w};
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
  require(input.shape().rank() == 4 && w.shape().rank() == 4 && input.shape()[3] == w.shape()[3] &&
              (!bias.defined() || bias.value().count() == w.shape()[0]),
          "conv2d: x ", input.shape().to_string(), ", weight ", w.shape().to_string(),
          bias.defined() ? " and bias " + bias.shape().to_string() : "", " do not fit");
  require(o.stride.h >= 1 && o.stride.w >= 1, "conv2d: the stride must be at least 1, got ",
          o.stride.h, "x", o.stride.w);
  const Conv2dShape shape{.n = extent(input, 0),
                          .h = extent(input, 1),
                          .w = extent(input, 2),
                          .c = extent(input, 3),
                          .k = extent(w, 0),
                          .r = extent(w, 1),
                          .s = extent(w, 2),
                          .stride_h = o.stride.h,
                          .stride_w = o.stride.w,
                          .pad_h = o.padding.h,
                          .pad_w = o.padding.w,
                          .dilation_h = o.dilation.h,
                          .dilation_w = o.dilation.w};
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
          dw = Tensor::empty(s, {shape.k, shape.r, shape.s, shape.c});
          if (wants_dbias) dbias = Tensor::empty(s, {shape.k});
          conv2d_wgrad(s, {shape, x_value.data<float>(), dy.data<float>(), dw.data<float>(),
                           wants_dbias ? dbias.data<float>() : nullptr});
        }
        return {dx, dw, dbias};
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
