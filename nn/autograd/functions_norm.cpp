// The functions on channels: batch normalisation and concatenation.
#include <limits>

#include "kernels/batch_norm/batch_norm.h"
#include "kernels/concat/concat.h"
#include "nn/autograd/functions.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

// An array as rows of channels, which are its last axis.
struct Rows {
  std::int64_t rows;
  int channels;
};
Rows rows_of(const char* function, const Tensor& x) {
  const int rank = x.shape().rank();
  require(rank >= 2 && x.count() >= 1, function, ": expected x (N, …, channels), got the shape ",
          x.shape().to_string());
  const std::int64_t channels = x.shape()[rank - 1];
  require(channels <= std::numeric_limits<int>::max(), function,
          ": more than 2^31 - 1 channels in ", x.shape().to_string());
  return {x.count() / channels, static_cast<int>(channels)};
}

void expect_channels(const char* function, const char* name, const Tensor& values, const Tensor& x,
                     int channels) {
  require(values.shape() == Shape{channels}, function, ": x ", x.shape().to_string(), " and ", name,
          " ", values.shape().to_string(), " do not fit");
}

const float* data_or_null(const Tensor& tensor) {
  return tensor.defined() ? tensor.data<float>() : nullptr;
}

}  // namespace

Variable concat(Stream& stream, const std::vector<Variable>& xs) {
  require(!xs.empty(), "concat: nothing to join");
  const Shape& first = xs[0].shape();
  const int axis = first.rank() - 1;
  require(axis == 1 || axis == 3,
          "concat: expected x (N, channels) or (N, H, W, channels), got the shape ",
          first.to_string());
  std::vector<std::int64_t> extents = first.extents();
  extents.back() = 0;
  for (const Variable& x : xs) {
    const Shape& shape = x.shape();
    bool fits = shape.rank() == first.rank();
    for (int i = 0; fits && i < axis; ++i) fits = shape[i] == first[i];
    require(fits, "concat: the shapes ", first.to_string(), " and ", shape.to_string(),
            " differ in more than the channels");
    extents.back() += shape[axis];
  }
  const std::int64_t rows = rows_of("concat", xs[0].value()).rows, all = extents.back();
  return concat(
      stream, xs, rows,
      axis == 1 ? Shape{extents[0], all} : Shape{extents[0], extents[1], extents[2], all});
}

Variable concat(Stream& stream, const std::vector<Variable>& xs, std::int64_t rows, Shape output) {
  const std::int64_t all = output.count() / rows;
  require(all <= std::numeric_limits<int>::max(), "concat: ", all,
          " channels are more than 2^31 - 1");
  const Tensor y = Tensor::empty(stream, output);
  // From x to y, or, for the derivative, from y to x.
  const auto copy = [rows, all = static_cast<int>(all)](Stream& s, const Tensor& x,
                                                        const Tensor& of_y, int at, bool back) {
    const int width = static_cast<int>(x.count() / rows);
    if (back)
      copy_channels(s, {of_y.data<float>(), x.data<float>(), rows, all, width, at, 0, width});
    else copy_channels(s, {x.data<float>(), of_y.data<float>(), rows, width, all, 0, at, width});
    return at + width;
  };
  std::vector<bool> wanted;
  std::vector<Shape> shapes;
  int at = 0;
  for (const Variable& x : xs) {
    at = copy(stream, x.value(), y, at, false);
    wanted.push_back(x.requires_gradient());
    shapes.push_back(x.shape());
  }
  return Variable::operation(
      "concat", y, xs,
      [copy, rows, wanted, shapes](Stream& s, const Tensor& dy) -> std::vector<Tensor> {
        std::vector<Tensor> gradients(shapes.size());
        int from = 0;
        for (std::size_t i = 0; i < shapes.size(); ++i) {
          if (!wanted[i]) {
            from += static_cast<int>(shapes[i].count() / rows);
            continue;
          }
          gradients[i] = Tensor::empty(s, shapes[i]);
          from = copy(s, gradients[i], dy, from, true);
        }
        return gradients;
      });
}

Variable batch_norm(Stream& stream, const Variable& x, const Variable& gamma, const Variable& beta,
                    float epsilon, BatchStatistics* used) {
  const Rows shape = rows_of("batch_norm", x.value());
  expect_channels("batch_norm", "gamma", gamma.value(), x.value(), shape.channels);
  expect_channels("batch_norm", "beta", beta.value(), x.value(), shape.channels);
  const BatchStatistics statistics{Tensor::empty(stream, {shape.channels}),
                                   Tensor::empty(stream, {shape.channels})};
  const Tensor scale = Tensor::empty(stream, {shape.channels});
  const Tensor y = Tensor::empty(stream, x.shape());
  batch_norm_statistics(stream, {.x = x.value().data<float>(),
                                 .mean = statistics.mean.data<float>(),
                                 .variance = statistics.variance.data<float>(),
                                 .gamma = gamma.value().data<float>(),
                                 .scale = scale.data<float>(),
                                 .epsilon = epsilon,
                                 .rows = shape.rows,
                                 .channels = shape.channels});
  channel_affine(stream, ChannelAffineArgs{.x = x.value().data<float>(),
                                           .y = y.data<float>(),
                                           .center = statistics.mean.data<float>(),
                                           .scale = scale.data<float>(),
                                           .shift = beta.value().data<float>(),
                                           .rows = shape.rows,
                                           .channels = shape.channels});
  if (used) *used = statistics;
  return Variable::operation(
      "batch_norm", y, {x, gamma, beta},
      [shape, epsilon, statistics, wants_dx = x.requires_gradient(), x_value = x.value(),
       gamma_value = gamma.value()](Stream& s, const Tensor& dy) -> std::vector<Tensor> {
        const Tensor dx = wants_dx ? Tensor::empty(s, dy.shape()) : Tensor();
        const Tensor dgamma = Tensor::empty(s, {shape.channels});
        const Tensor dbeta = Tensor::empty(s, {shape.channels});
        batch_norm_backward(s, {.x = x_value.data<float>(),
                                .dy = dy.data<float>(),
                                .mean = statistics.mean.data<float>(),
                                .variance = statistics.variance.data<float>(),
                                .gamma = gamma_value.data<float>(),
                                .dx = wants_dx ? dx.data<float>() : nullptr,
                                .dgamma = dgamma.data<float>(),
                                .dbeta = dbeta.data<float>(),
                                .epsilon = epsilon,
                                .rows = shape.rows,
                                .channels = shape.channels});
        return {dx, dgamma, dbeta};
      });
}

Variable channel_affine(Stream& stream, const Variable& x, const Tensor& scale, const Tensor& shift,
                        const Tensor& center) {
  const Rows shape = rows_of("channel_affine", x.value());
  require(scale.defined(), "channel_affine: the scale is undefined");
  expect_channels("channel_affine", "scale", scale, x.value(), shape.channels);
  if (shift.defined()) expect_channels("channel_affine", "shift", shift, x.value(), shape.channels);
  if (center.defined())
    expect_channels("channel_affine", "center", center, x.value(), shape.channels);
  const Tensor y = Tensor::empty(stream, x.shape());
  channel_affine(stream, ChannelAffineArgs{.x = x.value().data<float>(),
                                           .y = y.data<float>(),
                                           .center = data_or_null(center),
                                           .scale = scale.data<float>(),
                                           .shift = data_or_null(shift),
                                           .rows = shape.rows,
                                           .channels = shape.channels});
  return Variable::operation("channel_affine", y, {x},
                             [shape, scale](Stream& s, const Tensor& dy) -> std::vector<Tensor> {
                               const Tensor dx = Tensor::empty(s, dy.shape());
                               channel_affine(s, ChannelAffineArgs{.x = dy.data<float>(),
                                                                   .y = dx.data<float>(),
                                                                   .center = nullptr,
                                                                   .scale = scale.data<float>(),
                                                                   .shift = nullptr,
                                                                   .rows = shape.rows,
                                                                   .channels = shape.channels});
                               return {dx};
                             });
}

}  // namespace pellucid
