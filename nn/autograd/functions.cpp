#include "nn/autograd/functions.h"

#include <limits>
#include <utility>

#include "kernels/activation/activation.h"
#include "kernels/dropout/dropout.h"
#include "kernels/elementwise/elementwise.h"
#include "kernels/linear/linear.h"
#include "kernels/loss/loss.h"
#include "kernels/reduce/reduce.h"
#include "kernels/softmax/softmax.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

int extent(const Tensor& tensor, int axis) {
  const std::int64_t value = tensor.shape()[axis];
  require(value <= std::numeric_limits<int>::max(), "an extent of ", tensor.shape().to_string(),
          " is larger than 2^31 - 1");
  return static_cast<int>(value);
}

void expect_rank(const char* function, const Tensor& tensor, int rank, const char* axes) {
  require(tensor.shape().rank() == rank, function, ": expected ", axes, ", got the shape ",
          tensor.shape().to_string());
}

// y = x · (the one element of `factor`): the fully connected layer with one input and one output.
Tensor times_scalar(Stream& stream, const Tensor& x, const Tensor& factor) {
  const Tensor y = Tensor::empty(stream, x.shape());
  require(x.count() <= std::numeric_limits<int>::max(), "too many elements: ", x.count());
  const LinearShape shape{static_cast<int>(x.count()), 1, 1};
  linear(stream,
         LinearArgs{shape, x.data<float>(), factor.data<float>(), nullptr, y.data<float>()});
  return y;
}

Variable softmax_of(Stream& stream, const Variable& x, bool log) {
  expect_rank(log ? "log_softmax" : "softmax", x.value(), 2, "(N, classes)");
  return softmax(stream, x, extent(x.value(), 1), 1, log);
}

}  // namespace

Variable linear(Stream& stream, const Variable& x, const Variable& weight, const Variable& bias) {
  expect_rank("linear", x.value(), 2, "x (N, inputs)");
  expect_rank("linear", weight.value(), 2, "weight (outputs, inputs)");
  const LinearShape shape{extent(x.value(), 0), extent(x.value(), 1), extent(weight.value(), 0)};
  require(weight.shape()[1] == shape.inputs &&
              (!bias.defined() || bias.value().count() == shape.outputs),
          "linear: x ", x.shape().to_string(), ", weight ", weight.shape().to_string(),
          bias.defined() ? " and bias " + bias.shape().to_string() : "", " do not fit");
  const Tensor y = Tensor::empty(stream, {shape.n, shape.outputs});
  linear(stream,
         LinearArgs{shape, x.value().data<float>(), weight.value().data<float>(),
                    bias.defined() ? bias.value().data<float>() : nullptr, y.data<float>()});
  const bool wants_dx = x.requires_gradient(), wants_dw = weight.requires_gradient();
  const bool wants_dbias = bias.defined() && bias.requires_gradient();
  const bool wants_wgrad = wants_dw || wants_dbias;
  return Variable::operation(
      "linear", y, {x, weight, bias},
      [shape, wants_dx, wants_wgrad, wants_dbias, x_value = wants_wgrad ? x.value() : Tensor(),
       w_value = wants_dx ? weight.value() : Tensor()](Stream& s,
                                                       const Tensor& dy) -> std::vector<Tensor> {
        Tensor dx, dw, dbias;
        if (wants_dx) {
          dx = Tensor::empty(s, {shape.n, shape.inputs});
          linear_dgrad(
              s, LinearDgradArgs{shape, dy.data<float>(), w_value.data<float>(), dx.data<float>()});
        }
        if (wants_wgrad) {
          dw = Tensor::empty(s, {shape.outputs, shape.inputs});
          if (wants_dbias) dbias = Tensor::empty(s, {shape.outputs});
          linear_wgrad(
              s, LinearWgradArgs{shape, x_value.data<float>(), dy.data<float>(), dw.data<float>(),
                                 wants_dbias ? dbias.data<float>() : nullptr});
        }
        return {dx, dw, dbias};
      });
}

Variable relu(Stream& stream, const Variable& x) {
  const Tensor y = Tensor::empty(stream, x.shape());
  relu(stream, ReluArgs{x.value().data<float>(), y.data<float>(), y.count()});
  return Variable::operation(
      "relu", y, {x}, [y](Stream& s, const Tensor& dy) -> std::vector<Tensor> {
        const Tensor dx = Tensor::empty(s, y.shape());
        relu_backward(
            s, ReluBackwardArgs{y.data<float>(), dy.data<float>(), dx.data<float>(), y.count()});
        return {dx};
      });
}

Variable reshape(const Variable& x, Shape shape) {
  return Variable::operation("reshape", x.value().reshape(shape), {x},
                             [from = x.shape()](Stream&, const Tensor& dy) -> std::vector<Tensor> {
                               return {dy.reshape(from)};
                             });
}

Variable flatten(const Variable& x) {
  const std::int64_t n = x.shape()[0];
  require(n >= 1, "flatten: an empty batch of shape ", x.shape().to_string());
  return reshape(x, {n, x.value().count() / n});
}

Variable dropout(Stream& stream, const Variable& x, float rate, RandomKey key) {
  const Tensor y = Tensor::empty(stream, x.shape());
  dropout(stream, DropoutArgs{x.value().data<float>(), y.data<float>(), y.count(), rate, key});
  return Variable::operation(
      "dropout", y, {x}, [rate, key](Stream& s, const Tensor& dy) -> std::vector<Tensor> {
        const Tensor dx = Tensor::empty(s, dy.shape());
        dropout(s, DropoutArgs{dy.data<float>(), dx.data<float>(), dx.count(), rate, key});
        return {dx};
      });
}

Variable softmax(Stream& stream, const Variable& x, int cols, int inner, bool log) {
  const std::int64_t row = std::int64_t{cols} * inner;
  require(cols >= 1 && inner >= 1 && x.value().count() % row == 0 &&
              x.value().count() / row <= std::numeric_limits<int>::max(),
          "softmax: x ", x.shape().to_string(), " is not of rows of ", cols, " times ", inner);
  const int rows = static_cast<int>(x.value().count() / row);
  const Tensor y = Tensor::empty(stream, x.shape());
  softmax(stream, SoftmaxArgs{x.value().data<float>(), y.data<float>(), rows, cols, log, inner});
  return Variable::operation(
      log ? "log_softmax" : "softmax", y, {x},
      [y, rows, cols, log, inner](Stream& s, const Tensor& dy) -> std::vector<Tensor> {
        const Tensor dx = Tensor::empty(s, y.shape());
        softmax_backward(s, SoftmaxBackwardArgs{y.data<float>(), dy.data<float>(), dx.data<float>(),
                                                rows, cols, log, inner});
        return {dx};
      });
}

Variable softmax(Stream& stream, const Variable& x) { return softmax_of(stream, x, false); }
Variable log_softmax(Stream& stream, const Variable& x) { return softmax_of(stream, x, true); }

Variable add(Stream& stream, const Variable& x, const Variable& z) {
  require(x.shape() == z.shape(), "add: the shapes ", x.shape().to_string(), " and ",
          z.shape().to_string(), " differ");
  const Tensor y = Tensor::empty(stream, x.shape());
  add(stream, AddArgs{.x = x.value().data<float>(),
                      .z = z.value().data<float>(),
                      .y = y.data<float>(),
                      .count = y.count()});
  return Variable::operation("add", y, {x, z},
                             [](Stream&, const Tensor& dy) -> std::vector<Tensor> {
                               return {dy, dy};
                             });
}

Variable cross_entropy(Stream& stream, const Variable& logits, const Tensor& labels,
                       const Tensor& weights, const Tensor& row_losses) {
  expect_rank("cross_entropy", logits.value(), 2, "logits (N, classes)");
  const int rows = extent(logits.value(), 0), classes = extent(logits.value(), 1);
  require(labels.count() == rows, "cross_entropy: ", labels.count(), " labels for ", rows, " rows");
  require(!weights.defined() || weights.count() == classes, "cross_entropy: ", weights.count(),
          " weights for ", classes, " classes");
  const Tensor losses = row_losses.defined() ? row_losses : Tensor::empty(stream, {rows});
  require(losses.count() == rows, "cross_entropy: room for ", losses.count(), " losses of ", rows,
          " rows");
  const bool wants_dx = gradient_enabled() && logits.requires_gradient();
  const Tensor dx = wants_dx ? Tensor::empty(stream, logits.shape()) : Tensor();
  const float scale = 1.0f / static_cast<float>(rows);
  cross_entropy(
      stream,
      CrossEntropyArgs{logits.value().data<float>(), labels.data<std::int32_t>(),
                       weights.defined() ? weights.data<float>() : nullptr, losses.data<float>(),
                       wants_dx ? dx.data<float>() : nullptr, rows, classes, scale});
  const Tensor mean = Tensor::empty(stream, {1});
  row_sum(stream, RowSumArgs{losses.data<float>(), mean.data<float>(), 1, rows});
  add(stream,
      AddArgs{
          .x = mean.data<float>(), .z = nullptr, .y = mean.data<float>(), .count = 1, .a = scale});
  return Variable::operation("cross_entropy", mean, {logits},
                             [dx](Stream& s, const Tensor& seed) -> std::vector<Tensor> {
                               return {times_scalar(s, dx, seed)};
                             });
}

Variable class_score(Stream& stream, const Variable& scores, int label) {
  expect_rank("class_score", scores.value(), 2, "scores (N, classes)");
  const Variable column(one_hot(stream, std::span(&label, 1), extent(scores.value(), 1)));
  return linear(stream, scores, column, Variable());
}

Tensor one_hot(Stream& stream, std::span<const int> labels, int classes) {
  std::vector<float> values(labels.size() * static_cast<std::size_t>(classes));
  for (std::size_t n = 0; n < labels.size(); ++n) {
    require(labels[n] >= 0 && labels[n] < classes, "class ", labels[n], " is not one of 0 to ",
            classes - 1);
    values[n * static_cast<std::size_t>(classes) + static_cast<std::size_t>(labels[n])] = 1;
  }
  return Tensor::from_host(stream, {static_cast<std::int64_t>(labels.size()), classes}, values);
}

}  // namespace pellucid
