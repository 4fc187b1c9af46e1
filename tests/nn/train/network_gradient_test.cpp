// A whole small network: autograd's gradients of every parameter and of the picture against finite
// differences of the same network in double, built from the references.
#include <algorithm>

#include "kernels/activation/activation.h"
#include "kernels/batch_norm/batch_norm.h"
#include "kernels/conv2d/conv2d.h"
#include "kernels/linear/linear.h"
#include "kernels/loss/loss.h"
#include "kernels/pool2d/pool2d.h"
#include "nn/graph/model.h"
#include "tests/support/compare.h"
#include "tests/support/device.h"
#include "tests/support/gradcheck.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

using Doubles = std::vector<double>;

constexpr const char* kNetwork = R"({"name": "check", "input": [9, 8, 2], "layers": [
  {"type": "conv2d", "filters": 3, "kernel": [3, 2], "padding": "valid"},
  {"type": "relu"}, {"type": "max_pool2d", "window": 2, "stride": 1},
  {"type": "conv2d", "filters": 4, "kernel": 3, "padding": "same"},
  {"type": "relu"}, {"type": "average_pool2d", "window": [2, 3]},
  {"type": "flatten"}, {"type": "linear", "outputs": 5}, {"type": "relu"},
  {"type": "linear", "outputs": 3}]})";
constexpr int kBatch = 2;
const std::vector<std::int32_t> kLabels{2, 1};
const std::vector<float> kWeights{1, 2, 3};

Doubles relu_of(Doubles x) {
  relu_reference(x.data(), x.data(), static_cast<std::int64_t>(x.size()));
  return x;
}

double mean_loss_of(const Doubles& logits) {
  Doubles loss(kBatch), unused(logits.size());
  const Doubles weights(kWeights.begin(), kWeights.end());
  cross_entropy_reference(logits.data(), kLabels.data(), weights.data(), loss.data(), unused.data(),
                          kBatch, 3, 1.0 / kBatch);
  return (loss[0] + loss[1]) / kBatch;
}

// arrays: the picture, then the parameters in model order.
double loss_of(const std::vector<Doubles>& arrays) {
  const Conv2dShape conv1{.n = kBatch, .h = 9, .w = 8, .c = 2, .k = 3, .r = 3, .s = 2};
  Doubles a(kBatch * 7 * 7 * 3);
  conv2d_fprop_reference(conv1, arrays[0].data(), arrays[1].data(), arrays[2].data(), a.data());
  const Pool2dShape pool1{.n = kBatch,
                          .h = 7,
                          .w = 7,
                          .c = 3,
                          .window_h = 2,
                          .window_w = 2,
                          .stride_h = 1,
                          .stride_w = 1};
  Doubles b(kBatch * 6 * 6 * 3);
  std::vector<std::int32_t> index(b.size());
  max_pool2d_reference(pool1, relu_of(a).data(), b.data(), index.data());
  const Conv2dShape conv2{
      .n = kBatch, .h = 6, .w = 6, .c = 3, .k = 4, .r = 3, .s = 3, .pad_h = 1, .pad_w = 1};
  Doubles c(kBatch * 6 * 6 * 4);
  conv2d_fprop_reference(conv2, b.data(), arrays[3].data(), arrays[4].data(), c.data());
  const Pool2dShape pool2{.n = kBatch,
                          .h = 6,
                          .w = 6,
                          .c = 4,
                          .window_h = 2,
                          .window_w = 3,
                          .stride_h = 2,
                          .stride_w = 3};
  Doubles d(kBatch * 3 * 2 * 4);
  average_pool2d_reference(pool2, relu_of(c).data(), d.data());
  Doubles e(kBatch * 5), logits(kBatch * 3);
  linear_reference({kBatch, 24, 5}, d.data(), arrays[5].data(), arrays[6].data(), e.data());
  linear_reference({kBatch, 5, 3}, relu_of(e).data(), arrays[7].data(), arrays[8].data(),
                   logits.data());
  return mean_loss_of(logits);
}

// A residual block with batch normalisation, and a concatenation.
constexpr const char* kResidual = R"({"name": "residual", "input": [6, 5, 2], "layers": [
  {"type": "conv2d", "filters": 3, "kernel": 3, "padding": "same"},
  {"type": "batch_norm"}, {"type": "relu", "name": "before"},
  {"type": "conv2d", "filters": 3, "kernel": 3, "padding": "same"},
  {"type": "batch_norm", "name": "within", "epsilon": 0.01},
  {"type": "add", "inputs": ["within", "before"]}, {"type": "relu", "name": "sum"},
  {"type": "concat", "inputs": ["sum", "input"]},
  {"type": "average_pool2d", "window": [2, 1]},
  {"type": "flatten"}, {"type": "linear", "outputs": 3}]})";
constexpr int kPlaces = kBatch * 6 * 5;

Doubles normalised(const Doubles& x, const Doubles& gamma, const Doubles& beta, double epsilon) {
  const int channels = static_cast<int>(gamma.size());
  Doubles mean(gamma.size()), variance(gamma.size()), scale(gamma.size()), y(x.size());
  batch_norm_statistics_reference(x.data(), mean.data(), variance.data(), gamma.data(),
                                  scale.data(), epsilon, kPlaces, channels);
  channel_affine_reference(x.data(), y.data(), mean.data(), scale.data(), beta.data(), kPlaces,
                           channels);
  return y;
}

double residual_loss_of(const std::vector<Doubles>& arrays) {
  const auto convolved = [](const Doubles& x, int c, const Doubles& w, const Doubles& b) {
    const Conv2dShape shape{
        .n = kBatch, .h = 6, .w = 5, .c = c, .k = 3, .r = 3, .s = 3, .pad_h = 1, .pad_w = 1};
    Doubles y(kPlaces * 3);
    conv2d_fprop_reference(shape, x.data(), w.data(), b.data(), y.data());
    return y;
  };
  const Doubles before = relu_of(
      normalised(convolved(arrays[0], 2, arrays[1], arrays[2]), arrays[3], arrays[4], 1e-5));
  Doubles sum = normalised(convolved(before, 3, arrays[5], arrays[6]), arrays[7], arrays[8], 0.01);
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += before[i];
  sum = relu_of(sum);
  Doubles both;
  for (std::size_t place = 0; place < kPlaces; ++place) {
    for (std::size_t c = 0; c < 3; ++c) both.push_back(sum[place * 3 + c]);
    for (std::size_t c = 0; c < 2; ++c) both.push_back(arrays[0][place * 2 + c]);
  }
  const Pool2dShape pool{.n = kBatch,
                         .h = 6,
                         .w = 5,
                         .c = 5,
                         .window_h = 2,
                         .window_w = 1,
                         .stride_h = 2,
                         .stride_w = 1};
  Doubles pooled(kBatch * 75), logits(kBatch * 3);
  average_pool2d_reference(pool, both.data(), pooled.data());
  linear_reference({kBatch, 75, 3}, pooled.data(), arrays[9].data(), arrays[10].data(),
                   logits.data());
  return mean_loss_of(logits);
}

// Gradients of the picture and of every parameter against finite differences of loss_of.
void check_gradients(const char* network, double (*loss_of)(const std::vector<Doubles>&)) {
  Model model(stream(), parse_json(network, "network"), 17);
  const Shape shape = model.input().batch(kBatch);
  const auto pixels = random_values(static_cast<std::size_t>(shape.count()), 31, 0, 1);
  Variable x(Tensor::from_host(stream(), shape, pixels), true);
  std::vector<Doubles> arrays{Doubles(pixels.begin(), pixels.end())};
  std::vector<Variable> variables{x};
  for (const Parameter* parameter : model.parameters()) {
    const auto values = parameter->variable.value().to_host<float>(stream());
    arrays.emplace_back(values.begin(), values.end());
    variables.push_back(parameter->variable);
  }
  const Variable loss = cross_entropy(stream(), model.forward(stream(), x, {.training = true}),
                                      Tensor::from_host(stream(), {kBatch}, kLabels),
                                      Tensor::from_host(stream(), {3}, kWeights));
  CHECK(loss.value().to_host<float>(stream())[0] == doctest::Approx(loss_of(arrays)).epsilon(1e-5));
  backward(stream(), loss);

  for (std::size_t a = 0; a < arrays.size(); ++a) {
    CAPTURE(a);
    const Doubles expected = finite_differences(
        arrays[a],
        [&](const Doubles& at) {
          std::vector<Doubles> moved = arrays;
          moved[a] = at;
          return loss_of(moved);
        },
        1e-6);
    // Gradients reach about 1, and the sums of at most 150 fp32 products of order 1 behind them are
    // off by a few 1e-6; finite differences add 1e-16/1e-6.
    CHECK_CLOSE(variables[a].gradient().to_host<float>(stream()),
                std::vector<float>(expected.begin(), expected.end()), 2e-5, 1e-4);
  }
}

}  // namespace

TEST_CASE("network: every gradient equals finite differences in double") {
  check_gradients(kNetwork, loss_of);
}

TEST_CASE("network: so it does through a residual block, batch normalisation and a concatenation") {
  check_gradients(kResidual, residual_loss_of);
}
