// saliency.cpp: the gradient of the score at the picture's pixels.
//
//   saliency          map = max_p |∂s/∂x_p|     Simonyan, Vedaldi & Zisserman, ICLR workshop 2014
//   inputxgradient    map = Σ_p x_p · ∂s/∂x_p   Shrikumar, Greenside & Kundaje, ICML 2017
//
// p runs over the planes of the picture, one or red, green and blue, x_p in [0, 1]. A grey picture that a
// network sees in several channels is one plane, whose derivative is the sum of the channels'. The first map
// says where a small change acts on the score, in units of the score; the second, what would change to first
// order if the pixel were black.
//
// SmoothGrad (Smilkov et al., 2017): the mean gradient at N copies of the picture, to whose planes noise of a
// deviation was added, in place of the one at the picture itself.
#include <algorithm>
#include <cmath>

#include "explain/explainer.h"
#include "explain/masks/normal_noise.h"
#include "explain/stage_clock.h"
#include "nn/data/image_set.h"
#include "runtime/error.h"
#include "runtime/profile.h"

namespace pellucid {

extern const Method saliency_method, inputxgradient_method;

namespace {

constexpr std::uint64_t kSmoothGradStream = 0x534D4F4F54480000;  // "SMOOTH", + copy
constexpr int kCopiesAtOnce = 8;

struct SaliencyOptions {
  int smoothgrad = 0;  // N; 0: the gradient at the picture itself
  double smoothgrad_sigma = 0.15;
};

// A picture, what the model says of it, and the gradient there.
struct Gradient {
  std::vector<float> x, values;  // (h · w, planes)
  int planes = 1;
  Prediction prediction;
  int target = 0;
};

// Of (h · w, channels), the sum of each pixel's channels.
std::vector<float> channel_sums(const std::vector<float>& values, int channels) {
  std::vector<float> out;
  for (auto pixel = values.begin(); pixel != values.end(); pixel += channels) {
    float sum = 0;
    for (int c = 0; c < channels; ++c) sum += pixel[c];
    out.push_back(sum);
  }
  return out;
}

std::vector<float> first_channels(const std::vector<float>& values, int channels) {
  std::vector<float> out;
  for (std::size_t i = 0; i < values.size(); i += static_cast<std::size_t>(channels))
    out.push_back(values[i]);
  return out;
}

float largest_magnitude(const float*, const float* gradient, int planes) {
  float largest = 0;
  for (int p = 0; p < planes; ++p) largest = std::max(largest, std::abs(gradient[p]));
  return largest;
}

float first_order_change(const float* x, const float* gradient, int planes) {
  float sum = 0;
  for (int p = 0; p < planes; ++p) sum += x[p] * gradient[p];
  return sum;
}

Explanation explanation_of(const Method& method, const Gradient& g, const ActivationShape& input) {
  Explanation out;
  out.method = method.name;
  out.title = method.title;
  out.prediction = g.prediction;
  out.target = g.target;
  out.height = input.h;
  out.width = input.w;
  out.is_signed = &method == &inputxgradient_method;
  const auto value = out.is_signed ? first_order_change : largest_magnitude;
  for (std::size_t i = 0; i < g.values.size(); i += static_cast<std::size_t>(g.planes))
    out.map.push_back(value(&g.x[i], &g.values[i], g.planes));
  finish_map(out);
  // To [0, 1], or [-1, 1] with 0 in the middle.
  const float range = out.is_signed ? out.high : out.high - out.low;
  for (const float v : out.map)
    out.shown.push_back(range > 0 ? (out.is_signed ? v : v - out.low) / range : 0);
  out.caption = out.is_signed ? "pixels times the gradient there" : "the gradient at the pixels";
  out.details = {{"planes", g.planes}};
  return out;
}

class SaliencyExplainer final : public OneByOneExplainer {
 public:
  SaliencyExplainer(Stream& stream, const Model& model, const Methods& methods,
                    const ExplainTask& task, const SaliencyOptions& options)
      : OneByOneExplainer(methods),
        stream_(stream),
        model_(model),
        task_(task),
        options_(options) {}

 private:
  std::vector<Explanation> explain_one(const Subject& subject) override;
  // Noisy copies first, first + 1, … of a picture of (h · w, planes).
  Tensor noisy_copies(const std::vector<float>& picture, int planes, int first, int count) const;
  // Of each picture of x, (N, h, w, c), on the host. values: those of the logits, (N, classes).
  std::vector<float> gradients(const Variable& x, const Variable& logits,
                               const std::vector<float>& values, int target) const;
  // The mean over the noisy copies, (h · w · c).
  std::vector<float> smooth_gradient(const Gradient& g) const;

  Stream& stream_;
  const Model& model_;
  ExplainTask task_;
  SaliencyOptions options_;
};

Tensor SaliencyExplainer::noisy_copies(const std::vector<float>& picture, int planes, int first,
                                       int count) const {
  const ActivationShape& input = model_.input();
  const int copies = input.c / planes;  // of each value of a plane
  std::vector<float> values;
  for (int k = first; k < first + count; ++k) {
    const std::vector<double> noise = normal_noise(
        picture.size(), {task_.seed, kSmoothGradStream + static_cast<std::uint64_t>(k)},
        options_.smoothgrad_sigma);
    for (std::size_t i = 0; i < picture.size(); ++i)
      values.insert(values.end(), static_cast<std::size_t>(copies),
                    picture[i] + static_cast<float>(noise[i]));
  }
  return Tensor::from_host(stream_, input.batch(count), values);
}

std::vector<float> SaliencyExplainer::gradients(const Variable& x, const Variable& logits,
                                                const std::vector<float>& values,
                                                int target) const {
  const std::size_t classes = static_cast<std::size_t>(model_.classes());
  std::vector<float> seed;
  for (std::size_t row = 0; row < values.size(); row += classes) {
    const std::vector<float> one =
        score_gradient(std::span(values).subspan(row, classes), target, task_.score);
    seed.insert(seed.end(), one.begin(), one.end());
  }
  backward(stream_, logits, Tensor::from_host(stream_, logits.shape(), seed));
  return x.gradient().to_host<float>(stream_);
}

std::vector<float> SaliencyExplainer::smooth_gradient(const Gradient& g) const {
  const ActivationShape& input = model_.input();
  std::vector<double> sum(static_cast<std::size_t>(input.h) * input.w * input.c);
  for (int first = 0; first < options_.smoothgrad; first += kCopiesAtOnce) {
    const int count = std::min(kCopiesAtOnce, options_.smoothgrad - first);
    const Variable x(noisy_copies(g.x, g.planes, first, count), /*requires_gradient=*/true);
    const Variable logits = model_.forward(stream_, x);
    const std::vector<float> found =
        gradients(x, logits, logits.value().to_host<float>(stream_), g.target);
    for (auto copy = found.begin(); copy != found.end();)
      for (double& total : sum) total += *copy++;
  }
  std::vector<float> mean;
  for (const double value : sum) mean.push_back(static_cast<float>(value / options_.smoothgrad));
  return mean;
}

std::vector<Explanation> SaliencyExplainer::explain_one(const Subject& subject) {
  const ProfileScope scope(stream_, "saliency");
  CostMeter meter(stream_);
  StageClock clock(stream_);
  const ActivationShape& input = model_.input();
  const ImageSet image(stream_, {subject.sample, 1}, input.h, input.w, input.c, model_.classes());
  const Variable x(
      image.batch(stream_, Tensor::from_host(stream_, {1}, std::vector<std::int32_t>{0})),
      /*requires_gradient=*/true);
  const Variable logits = model_.forward(stream_, x);
  Gradient g;
  g.prediction = prediction_of(stream_, logits.value());
  for (const float logit : g.prediction.logits)
    require(std::isfinite(logit), "saliency: a score is not finite (", logit,
            "); the model's weights may have diverged");
  g.target = target_label(task_.target, g.prediction.predicted, subject.truth);
  const double forward_seconds = clock.lap();
  g.planes = task_.colour ? input.c : 1;
  g.x = x.value().to_host<float>(stream_);
  if (g.planes < input.c) g.x = first_channels(g.x, input.c);
  g.values = options_.smoothgrad > 0 ? smooth_gradient(g)
                                     : gradients(x, logits, g.prediction.logits, g.target);
  if (g.planes < input.c) g.values = channel_sums(g.values, input.c);
  const double backward_seconds = clock.lap();

  std::vector<Explanation> out;
  for (const Method* method : methods()) out.push_back(explanation_of(*method, g, input));
  const double map_seconds = clock.lap();
  ExplanationCost cost = meter.stop();
  cost.forwards = 1 + options_.smoothgrad;
  for (Explanation& each : out) {
    each.cost = cost;
    if (options_.smoothgrad > 0) {
      each.caption += concat(", mean of ", options_.smoothgrad, " noisy copies");
      each.details["smoothgrad"] = {{"copies", options_.smoothgrad},
                                    {"sigma", options_.smoothgrad_sigma},
                                    {"seed", task_.seed}};
    }
    each.stages = {
        {"forward", forward_seconds}, {"backward", backward_seconds}, {"map", map_seconds}};
  }
  return out;
}

class SaliencyFamily final : public MethodFamily {
 public:
  std::vector<Setting> settings() override {
    std::vector<Setting> out;
    SettingGroup both(out, "Saliency and input x gradient",
                      {saliency_method.name, inputxgradient_method.name});
    both.whole(
        "smoothgrad", options_.smoothgrad, 0, 10000,
        "SmoothGrad: the mean gradient at so many noisy copies of the picture; 0: at itself");
    Setting& sigma = both.real("smoothgrad_sigma", options_.smoothgrad_sigma, 0, 10,
                               "SmoothGrad: deviation of the noise, of pixels from 0 to 1");
    sigma.beside = "--smoothgrad";
    sigma.active = [this] { return options_.smoothgrad > 0; };
    return out;
  }
  std::unique_ptr<Explainer> explainer(Stream& stream, const Model& model, const Methods& methods,
                                       const ExplainTask& task) const override {
    return std::make_unique<SaliencyExplainer>(stream, model, methods, task, options_);
  }

 private:
  SaliencyOptions options_;
};

std::unique_ptr<MethodFamily> saliency_family() { return std::make_unique<SaliencyFamily>(); }

}  // namespace

const Method saliency_method{"saliency", "Saliency", 400, saliency_family};
const Method inputxgradient_method{"inputxgradient", "Input x Gradient", 401, saliency_family};

}  // namespace pellucid
