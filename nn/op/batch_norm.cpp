// y = (x − μ)/√(σ² + ε)·γ + β for each channel (Ioffe & Szegedy 2015), as PyTorch's BatchNorm: in
// training μ and σ² are the batch's, and the running ones move towards them by `momentum` (σ² there
// divided by one value less); a prediction takes the running ones. NAME.weight is γ, NAME.bias β;
// NAME.running_mean and NAME.running_var are buffers.
//
// In a prediction the derivative reaches x alone: γ and β are trained on the batch's statistics only.
#include <cmath>

#include "kernels/elementwise/elementwise.h"
#include "nn/op/op.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

struct Attributes {
  float momentum = 0.1f, epsilon = 1e-5f;
};

class BatchNorm final : public Op {
 public:
  BatchNorm(const OpDescription& d, const Attributes& attributes)
      : Op(d.name, d.inputs, d.inputs[0]), attributes_(attributes) {
    const int c = d.inputs[0].shape.c;
    gamma_ = {.name = name() + ".weight",
              .variable = {},
              .initial = Initial::ones,
              .out = c,
              .file_shape = {c}};
    beta_ = {.name = name() + ".bias", .variable = {}, .out = c, .file_shape = {c}};
    mean_ = {.name = name() + ".running_mean",
             .value = {},
             .initial = 0,
             .least = std::numeric_limits<float>::lowest(),
             .size = c};
    variance_ = {.name = name() + ".running_var", .value = {}, .initial = 1, .least = 0, .size = c};
  }

  Variable forward(const OpContext& context, std::span<const Variable> x) const override {
    if (context.training) return normalise(context.stream, x[0]);
    const std::vector<double> scale = scales(context.stream);
    const std::vector<float> rounded(scale.begin(), scale.end());
    return pellucid::channel_affine(context.stream, x[0],
                                    Tensor::from_host(context.stream, mean_.value.shape(), rounded),
                                    beta_.variable.value(), mean_.value);
  }
  std::vector<Parameter*> parameters() override { return {&gamma_, &beta_}; }
  std::vector<ModelBuffer*> buffers() override { return {&mean_, &variance_}; }

  bool is_channel_affine() const override { return true; }
  ChannelAffine channel_affine(Stream& stream) const override {
    ChannelAffine affine{scales(stream), {}};
    const std::vector<float> mean = mean_.value.to_host<float>(stream),
                             beta = beta_.variable.value().to_host<float>(stream);
    for (std::size_t c = 0; c < mean.size(); ++c)
      affine.shift.push_back(beta[c] - mean[c] * affine.scale[c]);
    return affine;
  }

 private:
  Variable normalise(Stream& stream, const Variable& x) const {
    const std::int64_t values = x.value().count() / output().shape.c;
    require(values >= 2, "layer ", name(), ": one value a channel (found a batch of shape ",
            x.shape().to_string(), "; expected more, since one has no variance)");
    BatchStatistics batch;
    Variable y =
        batch_norm(stream, x, gamma_.variable, beta_.variable, attributes_.epsilon, &batch);
    const float m = attributes_.momentum;
    const auto move = [&](const Tensor& running, const Tensor& seen, float factor) {
      add(stream, {.x = running.data<float>(),
                   .z = seen.data<float>(),
                   .y = running.data<float>(),
                   .count = running.count(),
                   .a = 1 - m,
                   .b = factor});
    };
    move(mean_.value, batch.mean, m);
    const auto n = static_cast<double>(values);
    move(variance_.value, batch.variance, static_cast<float>(m * (n / (n - 1))));
    return y;
  }

  // γ/√(σ² + ε) of the running variance.
  std::vector<double> scales(Stream& stream) const {
    const std::vector<float> gamma = gamma_.variable.value().to_host<float>(stream),
                             variance = variance_.value.to_host<float>(stream);
    std::vector<double> scale;
    for (std::size_t c = 0; c < gamma.size(); ++c)
      scale.push_back(gamma[c] / std::sqrt(double{variance[c]} + attributes_.epsilon));
    return scale;
  }

  Attributes attributes_;
  Parameter gamma_, beta_;
  ModelBuffer mean_, variance_;
};

std::unique_ptr<Op> make(const OpDescription& d) {
  Attributes attributes;
  if (const auto view = d.json.find("momentum"))
    attributes.momentum = static_cast<float>(view->number(0, 1));
  if (const auto view = d.json.find("epsilon"))
    attributes.epsilon = static_cast<float>(view->number(1e-12, 1));
  return std::make_unique<BatchNorm>(d, attributes);
}

}  // namespace

extern const Operation batch_norm_operation;
const Operation batch_norm_operation{
    .type = "batch_norm", .short_name = "bn", .make = make, .keys = {"momentum", "epsilon"}};

}  // namespace pellucid
