// saliency.cpp: the gradient of the score at the picture's pixels.
//
//   saliency          map = max_p |∂s/∂x_p|     Simonyan, Vedaldi & Zisserman, ICLR workshop 2014
//   inputxgradient    map = Σ_p x_p · ∂s/∂x_p   Shrikumar, Greenside & Kundaje, ICML 2017
//
// p runs over the planes of the picture, one or red, green and blue, x_p in [0, 1]. A grey picture that a
// network sees in several channels is one plane, whose derivative is the sum of the channels'. The first map
// says where a small change acts on the score, in units of the score; the second, what would change to first
// order if the pixel were black.
#include <algorithm>
#include <cmath>

#include "explain/explainer.h"
#include "explain/stage_clock.h"
#include "nn/autograd/functions.h"
#include "nn/data/image_set.h"
#include "runtime/error.h"
#include "runtime/profile.h"

namespace pellucid {

extern const Method saliency_method, inputxgradient_method;

namespace {

// A picture, what the model says of it, and the gradient there.
struct Gradient {
  std::vector<float> x, values;  // (h · w, planes)
  int planes = 1;
  Prediction prediction;
  int target = 0;
};

Prediction predict(Stream& stream, const Tensor& logits) {
  const NoGradient off;
  Prediction out;
  out.logits = logits.to_host<float>(stream);
  for (const float logit : out.logits)
    require(std::isfinite(logit), "saliency: a score is not finite (", logit,
            "); the model's weights may have diverged");
  out.probabilities = softmax(stream, Variable(logits)).value().to_host<float>(stream);
  out.predicted =
      static_cast<int>(std::max_element(out.logits.begin(), out.logits.end()) - out.logits.begin());
  return out;
}

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
                    const ExplainTask& task)
      : stream_(stream), model_(model), methods_(methods), task_(task) {}

 private:
  std::vector<Explanation> explain_one(const Subject& subject) override;

  Stream& stream_;
  const Model& model_;
  Methods methods_;
  ExplainTask task_;
};

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
  g.prediction = predict(stream_, logits.value());
  g.target = target_label(task_.target, g.prediction.predicted, subject.truth);
  const double forward_seconds = clock.lap();
  backward(stream_, logits,
           Tensor::from_host(stream_, logits.shape(),
                             score_gradient(g.prediction.logits, g.target, task_.score)));
  g.planes = task_.colour ? input.c : 1;
  g.x = x.value().to_host<float>(stream_);
  g.values = x.gradient().to_host<float>(stream_);
  if (g.planes < input.c) {
    g.x = first_channels(g.x, input.c);
    g.values = channel_sums(g.values, input.c);
  }
  const double backward_seconds = clock.lap();

  std::vector<Explanation> out;
  for (const Method* method : methods_) out.push_back(explanation_of(*method, g, input));
  const double map_seconds = clock.lap();
  ExplanationCost cost = meter.stop();
  cost.forwards = 1;
  for (Explanation& each : out) {
    each.cost = cost;
    each.stages = {
        {"forward", forward_seconds}, {"backward", backward_seconds}, {"map", map_seconds}};
  }
  return out;
}

class SaliencyFamily final : public MethodFamily {
 public:
  std::vector<Setting> settings() override { return {}; }
  std::unique_ptr<Explainer> explainer(Stream& stream, const Model& model, const Methods& methods,
                                       const ExplainTask& task) const override {
    return std::make_unique<SaliencyExplainer>(stream, model, methods, task);
  }
};

std::unique_ptr<MethodFamily> saliency_family() { return std::make_unique<SaliencyFamily>(); }

}  // namespace

const Method saliency_method{"saliency", "Saliency", 400, saliency_family};
const Method inputxgradient_method{"inputxgradient", "Input x Gradient", 401, saliency_family};

}  // namespace pellucid
