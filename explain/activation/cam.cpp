#include "explain/activation/cam.h"

#include <algorithm>
#include <cmath>

#include "explain/activation/ablation.h"
#include "explain/activation/score_cam.h"
#include "kernels/activation/activation.h"
#include "kernels/cam/cam.h"
#include "kernels/normalize/normalize.h"
#include "kernels/principal_component/principal_component.h"
#include "kernels/resize/resize.h"
#include "kernels/weighted_sum/weighted_sum.h"
#include "nn/autograd/functions.h"
#include "nn/graph/probabilities.h"
#include "runtime/formats/nearest.h"
#include "runtime/profile.h"

namespace pellucid {
namespace {

// The layers whose output a class activation map can look at.
std::vector<std::string> picture_layers(const Model& model) {
  std::vector<std::string> names;
  for (const Node& node : model.graph().nodes())
    if (!node.op->output().shape.flat) names.push_back(node.name());
  return names;
}

// Whether a method asks the model about each channel.
bool forwards_each_channel(CamMethod method) {
  return method == CamMethod::ablationcam || method == CamMethod::scorecam;
}

// Row n of a host copy of (rows, columns).
std::vector<float> row(const std::vector<float>& values, std::int64_t n, std::int64_t columns) {
  const auto begin = values.begin() + n * columns;
  return {begin, begin + columns};
}

void require_finite(const std::vector<float>& values, const char* what) {
  const auto bad =
      std::find_if(values.begin(), values.end(), [](float v) { return !std::isfinite(v); });
  require(bad == values.end(), "class activation map: a ", what, " is not finite (",
          bad == values.end() ? 0 : *bad, "); the model's weights may have diverged");
}

}  // namespace

Cam::Cam(Stream& stream, const Model& model, const CamOptions& options)
    : stream_(stream), model_(model), options_(options) {
  if (options_.layer.empty()) options_.layer = model.target_layer();
  const std::vector<std::string> known = picture_layers(model);
  if (std::find(known.begin(), known.end(), options_.layer) == known.end())
    throw UsageError(concat("no layer '", options_.layer, "' with a feature map",
                            did_you_mean(options_.layer, known), " (known: ", joined(known), ")"));
  shape_ = model.shape(options_.layer);
  const auto asked = [&](CamMethod method) {
    const auto& methods = options_.methods;
    return std::find(methods.begin(), methods.end(), method) != methods.end();
  };
  if (asked(CamMethod::eigencam) && shape_.c > kPrincipalVariables)
    throw UsageError(concat("Eigen-CAM takes layers of at most ", kPrincipalVariables,
                            " channels, '", options_.layer, "' has ", shape_.c));
  if (!options_.compat.plus_plus && asked(CamMethod::gradcam_plus_plus))
    throw UsageError(concat("--compat ", options_.compat.name,
                            " has no Grad-CAM++ of its own: leave gradcam++ out"));
  if (options_.pooled && options_.methods == std::vector{CamMethod::gradcam})
    pooled_ = PooledGradient::of(stream, model, options_.layer);
}

std::vector<CamExplanation> Cam::explain(const Tensor& x, const std::vector<int>& truth) {
  const ActivationShape& input = model_.input();
  require(x.shape() == input.batch(x.shape()[0]) && x.shape()[0] >= 1,
          "class activation map: images of shape ", x.shape().to_string(),
          " do not fit a model for ", input.to_string());
  require(truth.empty() || truth.size() == static_cast<std::size_t>(x.shape()[0]),
          "class activation map: ", truth.size(), " labels for ", x.shape()[0], " images");

  const ProfileScope scope(stream_, "cam");
  CostMeter meter(stream_);
  std::vector<CamExplanation> explanations = compute(x, truth);
  cost_ = meter.stop();
  const auto by_channel =
      std::count_if(options_.methods.begin(), options_.methods.end(), forwards_each_channel);
  cost_.forwards = x.shape()[0] * (1 + by_channel * shape_.c);
  return explanations;
}

std::vector<CamExplanation> Cam::compute(const Tensor& x, const std::vector<int>& truth) {
  // Forward. A starts a graph of its own, so that the backward pass ends there; what else is read behind
  // the layer is constant.
  std::vector<Tensor> cut;
  {
    const NoGradient off;
    for (const Variable& value : model_.forward_to(stream_, Variable(x), options_.layer))
      cut.push_back(value.value());
  }
  // What is differentiated by: A, or, where that is enough, the first linear layer's output.
  const Variable a(pooled_ ? pooled_->forward(cut.front()) : cut.front(),
                   /*requires_gradient=*/true);
  std::vector<Variable> behind(cut.begin(), cut.end());
  behind.front() = a;
  const Variable logits =
      model_.forward_from(stream_, behind, pooled_ ? pooled_->linear() : options_.layer);
  std::vector<CamExplanation> explanations = predictions(logits.value(), truth);

  const bool differentiates =
      std::any_of(options_.methods.begin(), options_.methods.end(),
                  [](CamMethod method) { return gradient_cam_of(method).has_value(); });
  if (!differentiates) {
    add_maps(explanations, x, cut, {}, {});
    return explanations;
  }

  // Backward: each image's score has its own row of the seed, so that all are differentiated at once.
  std::vector<float> seed;
  for (const CamExplanation& each : explanations) {
    const std::vector<float> row = score_gradient(each.logits, each.target, options_.score);
    seed.insert(seed.end(), row.begin(), row.end());
  }
  backward(stream_, logits, Tensor::from_host(stream_, logits.shape(), seed));
  if (pooled_) add_maps(explanations, x, cut, {}, pooled_->weights(a.gradient()));
  else add_maps(explanations, x, cut, a.gradient(), {});
  return explanations;
}

std::vector<CamExplanation> Cam::predictions(const Tensor& logits,
                                             const std::vector<int>& truth) const {
  const int classes = model_.classes();
  const std::vector<float> host_logits = logits.to_host<float>(stream_);
  const std::vector<float> probabilities = host_probabilities(stream_, logits, model_.outputs());
  require_finite(host_logits, "score");
  std::vector<CamExplanation> explanations(static_cast<std::size_t>(logits.shape()[0]));
  for (std::size_t i = 0; i < explanations.size(); ++i) {
    CamExplanation& each = explanations[i];
    each.logits = row(host_logits, static_cast<std::int64_t>(i), classes);
    if (!probabilities.empty())
      each.probabilities = row(probabilities, static_cast<std::int64_t>(i), classes);
    each.predicted = predicted_class(each.logits, model_.outputs());
    const std::optional<int> label = truth.empty() ? std::nullopt : std::optional<int>(truth[i]);
    each.target = target_label(options_.target, each.predicted, label);
  }
  return explanations;
}

void Cam::add_maps(std::vector<CamExplanation>& explanations, const Tensor& x,
                   const std::vector<Tensor>& cut, const Tensor& gradient,
                   const Tensor& pooled_weights) const {
  const Tensor& activation = cut.front();
  const auto n = std::ssize(explanations), methods = std::ssize(options_.methods);
  const int h = shape_.h, w = shape_.w, k = shape_.c;
  const int height = model_.input().h, width = model_.input().w;
  const std::int64_t raw_size = std::int64_t{h} * w, size = std::int64_t{height} * width;

  // All of one method together.
  const Tensor weight = Tensor::empty(stream_, {methods, n, k});
  const Tensor raw = Tensor::empty(stream_, {methods, n, h, w});
  const Tensor peak = Tensor::empty(stream_, {methods, n});
  const Tensor map = Tensor::empty(stream_, {methods, n, height, width});
  const Tensor shown = Tensor::empty(stream_, {methods, n, height, width});
  GradientCamArgs args{activation.data<float>(),
                       gradient.defined() ? gradient.data<float>() : nullptr,
                       static_cast<int>(n),
                       h,
                       w,
                       k,
                       {},
                       options_.relu,
                       options_.compat.form,
                       options_.compat.plus_plus_epsilon,
                       options_.compat.xgradcam_epsilon};
  std::vector<float> component;  // of Eigen-CAM
  for (std::int64_t m = 0; m < methods; ++m) {
    const CamMethod method = options_.methods[static_cast<std::size_t>(m)];
    const Tensor weights = weight.slice(m, 1), maps = raw.slice(m, 1);
    const auto of_gradient = gradient_cam_of(method);
    if (of_gradient && gradient.defined())
      args[*of_gradient] = {maps.data<float>(), peak.slice(m, 1).data<float>(),
                            weights.data<float>()};
    else if (method == CamMethod::eigencam)
      component = eigen_maps(activation, weights, maps).to_host<float>(stream_);
    else {
      if (of_gradient)
        stream_.copy_on_device(weights.data<float>(), pooled_weights.data<float>(),
                               weights.bytes());
      else score_weights(method, explanations, x, cut, weights.reshape({n, k}));
      weighted_maps(activation, weights.reshape({n, k}), maps.reshape({n, h, w}));
    }
  }
  if (gradient.defined()) gradient_cam(stream_, args);
  const int pictures = static_cast<int>(methods * n);
  resize_bilinear(stream_,
                  {raw.data<float>(), map.data<float>(), pictures, h, w, 1, height, width});
  normalize_min_max(stream_, {map.data<float>(), shown.data<float>(), pictures, size});

  const std::vector<float> host_raw = raw.to_host<float>(stream_);
  const std::vector<float> host_weight = weight.to_host<float>(stream_);
  const std::vector<float> host_peak = peak.to_host<float>(stream_);
  const std::vector<float> host_map = map.to_host<float>(stream_);
  const std::vector<float> host_shown = shown.to_host<float>(stream_);
  require_finite(host_map, "value of the map");
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t m = 0; m < methods; ++m) {
      const std::int64_t at = m * n + i;
      CamMap out;
      out.method = options_.methods[static_cast<std::size_t>(m)];
      out.raw_height = h;
      out.raw_width = w;
      out.raw = row(host_raw, at, raw_size);
      const auto of_gradient = gradient_cam_of(out.method);
      if (!of_gradient || has_channel_weights(*of_gradient)) out.weights = row(host_weight, at, k);
      out.raw_peak = of_gradient && gradient.defined()
                         ? host_peak[static_cast<std::size_t>(at)]
                         : *std::max_element(out.raw.begin(), out.raw.end());
      if (out.method == CamMethod::eigencam) {
        out.share = component[static_cast<std::size_t>(i)];
        out.residual = component[static_cast<std::size_t>(n + i)];
      }
      out.height = height;
      out.width = width;
      out.map = row(host_map, at, size);
      out.shown = row(host_shown, at, size);
      explanations[static_cast<std::size_t>(i)].maps.push_back(std::move(out));
    }
}

// Of forward passes, an image after the other.
void Cam::score_weights(CamMethod method, const std::vector<CamExplanation>& explanations,
                        const Tensor& x, const std::vector<Tensor>& cut,
                        const Tensor& weight) const {
  std::optional<Ablation> ablation;
  std::optional<ScoreCam> score_cam;
  if (method == CamMethod::ablationcam) ablation.emplace(stream_, model_, options_.layer);
  else score_cam.emplace(stream_, model_, options_.layer, options_.compat.score_cam);
  for (std::int64_t i = 0; i < std::ssize(explanations); ++i) {
    const CamExplanation& each = explanations[static_cast<std::size_t>(i)];
    std::vector<Tensor> of_one;
    for (const Tensor& value : cut) of_one.push_back(value.slice(i, 1));
    const Tensor row = weight.slice(i, 1);
    const std::vector<float> weights =
        ablation ? ablation->weights(of_one, each.logits, each.target, options_.score)
                 : score_cam->weights(x.slice(i, 1), of_one.front(), each.target, options_.score);
    stream_.copy_to_device(row.data<float>(), weights.data(), row.bytes());
  }
}

void Cam::weighted_maps(const Tensor& activation, const Tensor& weight, const Tensor& raw) const {
  weighted_channels(stream_,
                    {activation.data<float>(), weight.data<float>(), raw.data<float>(),
                     static_cast<int>(activation.shape()[0]), shape_.h * shape_.w, shape_.c});
  if (options_.relu) relu(stream_, ReluArgs{raw.data<float>(), raw.data<float>(), raw.count()});
}

Tensor Cam::eigen_maps(const Tensor& activation, const Tensor& weight, const Tensor& raw) const {
  const ProfileScope scope(stream_, "principal component");
  const int n = static_cast<int>(activation.shape()[0]), k = shape_.c;
  const Tensor covariance = Tensor::empty(stream_, {n, k, k}, DType::f64),
               work = Tensor::empty(stream_, {n, 3, k}, DType::f64),
               figures = Tensor::empty(stream_, {2, n});
  principal_component(stream_,
                      {activation.data<float>(), covariance.data<double>(), work.data<double>(),
                       weight.data<float>(), raw.data<float>(), figures.slice(0, 1).data<float>(),
                       figures.slice(1, 1).data<float>(), n, shape_.h * shape_.w, k});
  if (options_.relu) relu(stream_, ReluArgs{raw.data<float>(), raw.data<float>(), raw.count()});
  return figures;
}

}  // namespace pellucid
