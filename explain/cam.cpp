#include "explain/cam.h"

#include <algorithm>
#include <cmath>

#include "explain/localisation.h"
#include "kernels/cam/cam.h"
#include "kernels/normalize/normalize.h"
#include "kernels/resize/resize.h"
#include "nn/functions.h"
#include "nn/nearest.h"
#include "runtime/profile.h"

namespace pellucid {
namespace {

// The layers whose output Grad-CAM can look at.
std::vector<std::string> picture_layers(const Model& model) {
  std::vector<std::string> names;
  for (const auto& layer : model.layers())
    if (!layer->output().flat) names.push_back(layer->name());
  return names;
}

int first_largest(const std::vector<float>& values) {
  return static_cast<int>(std::max_element(values.begin(), values.end()) - values.begin());
}

// Row n of a host copy of (rows, columns).
std::vector<float> row(const std::vector<float>& values, std::int64_t n, std::int64_t columns) {
  const auto begin = values.begin() + n * columns;
  return {begin, begin + columns};
}

void require_finite(const std::vector<float>& values, const char* what) {
  const auto bad =
      std::find_if(values.begin(), values.end(), [](float v) { return !std::isfinite(v); });
  require(bad == values.end(), "Grad-CAM: a ", what, " is not finite (",
          bad == values.end() ? 0 : *bad, "); the model's weights may have diverged");
}

}  // namespace

GradCam::GradCam(Stream& stream, const Model& model, const GradCamOptions& options)
    : stream_(stream), model_(model), options_(options) {
  if (options_.layer.empty()) options_.layer = model.last_convolution();
  const std::vector<std::string> known = picture_layers(model);
  if (std::find(known.begin(), known.end(), options_.layer) == known.end())
    throw UsageError(concat("no layer '", options_.layer, "' with a feature map",
                            did_you_mean(options_.layer, known), " (known: ", joined(known), ")"));
  shape_ = model.layer(options_.layer).output();
}

std::vector<GradCamMap> GradCam::explain(const Tensor& x, const std::vector<int>& truth) {
  const ActivationShape& input = model_.input();
  require(x.shape() == input.batch(x.shape()[0]) && x.shape()[0] >= 1, "Grad-CAM: images of shape ",
          x.shape().to_string(), " do not fit a model for ", input.to_string());
  require(truth.empty() || truth.size() == static_cast<std::size_t>(x.shape()[0]),
          "Grad-CAM: ", truth.size(), " labels for ", x.shape()[0], " images");

  const ProfileScope scope(stream_, "gradcam");
  CostMeter meter(stream_);
  std::vector<GradCamMap> maps = compute(x, truth);
  cost_ = meter.stop();
  return maps;
}

std::vector<GradCamMap> GradCam::compute(const Tensor& x, const std::vector<int>& truth) {
  const std::int64_t n = x.shape()[0];
  const int classes = model_.classes();

  // Forward. A starts a graph of its own, so that the backward pass ends there.
  Tensor activation;
  {
    const NoGradient off;
    activation = model_.forward_to(stream_, Variable(x), options_.layer).value();
  }
  const Variable a(activation, /*requires_gradient=*/true);
  const Variable logits = model_.forward_from(stream_, a, options_.layer);
  const Variable probabilities = softmax(stream_, logits);
  const std::vector<float> host_logits = logits.value().to_host<float>(stream_);
  const std::vector<float> host_probabilities = probabilities.value().to_host<float>(stream_);
  require_finite(host_logits, "score");

  std::vector<GradCamMap> maps(static_cast<std::size_t>(n));
  std::vector<int> targets;
  for (std::int64_t i = 0; i < n; ++i) {
    GradCamMap& map = maps[static_cast<std::size_t>(i)];
    map.logits = row(host_logits, i, classes);
    map.probabilities = row(host_probabilities, i, classes);
    map.predicted = first_largest(map.logits);
    const std::optional<int> label =
        truth.empty() ? std::nullopt : std::optional<int>(truth[static_cast<std::size_t>(i)]);
    map.target = target_label(options_.target, map.predicted, label);
    targets.push_back(map.target);
  }

  // Backward: seeding row n with its own class differentiates each image's score at once.
  const Variable& scores = options_.score == Score::logit ? logits : probabilities;
  backward(stream_, scores, one_hot(stream_, targets, classes));
  const Tensor& gradient = a.gradient();

  const int h = shape_.h, w = shape_.w, k = shape_.c;
  const int height = model_.input().h, width = model_.input().w;
  const Tensor weight = Tensor::empty(stream_, {n, k});
  const Tensor raw = Tensor::empty(stream_, {n, h, w});
  const Tensor peak = Tensor::empty(stream_, {n});
  const Tensor map = Tensor::empty(stream_, {n, height, width});
  const Tensor shown = Tensor::empty(stream_, {n, height, width});
  grad_cam(stream_,
           {activation.data<float>(), gradient.data<float>(), weight.data<float>(),
            raw.data<float>(), peak.data<float>(), static_cast<int>(n), h, w, k, options_.relu});
  resize_bilinear(
      stream_, {raw.data<float>(), map.data<float>(), static_cast<int>(n), h, w, 1, height, width});
  normalize_min_max(stream_, {map.data<float>(), shown.data<float>(), static_cast<int>(n),
                              std::int64_t{height} * width});

  const std::vector<float> host_raw = raw.to_host<float>(stream_);
  const std::vector<float> host_weight = weight.to_host<float>(stream_);
  const std::vector<float> host_peak = peak.to_host<float>(stream_);
  const std::vector<float> host_map = map.to_host<float>(stream_);
  const std::vector<float> host_shown = shown.to_host<float>(stream_);
  require_finite(host_map, "value of the map");
  for (std::int64_t i = 0; i < n; ++i) {
    GradCamMap& out = maps[static_cast<std::size_t>(i)];
    out.raw_height = h;
    out.raw_width = w;
    out.raw = row(host_raw, i, std::int64_t{h} * w);
    out.weights = row(host_weight, i, k);
    out.raw_peak = host_peak[static_cast<std::size_t>(i)];
    out.height = height;
    out.width = width;
    out.map = row(host_map, i, std::int64_t{height} * width);
    out.shown = row(host_shown, i, std::int64_t{height} * width);
    const auto [low, high] = std::minmax_element(out.map.begin(), out.map.end());
    out.low = *low;
    out.high = *high;
    out.uniform = *low == *high;
    out.peak = peak_position(out.map, width);
  }
  return maps;
}

}  // namespace pellucid
