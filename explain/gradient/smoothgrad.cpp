// smoothgrad.cpp: SmoothGrad (Smilkov, Thorat, Kim, Viégas & Wattenberg, arXiv 1706.03825): gradients at noisy
// copies of the picture. With g = ∂s/∂x_p at x + σ·N(0, 1), the noise drawn anew for each of N copies and each plane p,
//
//   smoothgrad      map = max_p |mean g|
//   smoothgrad_sq   map = max_p mean g²                   Hooker et al., NeurIPS 2019
//   vargrad         map = max_p (mean g² − (mean g)²)     Adebayo et al., 2018
//
// Without noise the first is saliency. captum's NoiseTunnel of Saliency with abs=False, and its magnitude.
#include <algorithm>
#include <cmath>

#include "explain/gradient/gradient_explainer.h"
#include "runtime/error.h"
#include "runtime/normal_noise.h"

namespace pellucid {

extern const Method smoothgrad_method;

namespace {

constexpr std::uint64_t kSmoothGradStream = 0x534D4F4F54480000;  // "SMOOTH", + copy

// What is told of the gradients at a pixel's plane.
struct Statistic {
  const char* name;
  double (*value)(const DrawnMoments&);
  double (DrawnMoments::*error)() const;
};

constexpr Statistic kStatistics[] = {
    {"smoothgrad", [](const DrawnMoments& m) { return std::abs(m.mean()); },
     &DrawnMoments::mean_error},
    {"smoothgrad_sq", [](const DrawnMoments& m) { return m.mean_square(); },
     &DrawnMoments::mean_square_error},
    {"vargrad", [](const DrawnMoments& m) { return std::max(m.variance(), 0.0); },
     &DrawnMoments::variance_error}};

const Statistic* parse_statistic(const std::string& text) {
  for (const Statistic& each : kStatistics)
    if (text == each.name) return &each;
  throw UsageError(
      concat("unknown --smoothgrad-type '", text, "' (known: smoothgrad, smoothgrad_sq, vargrad)"));
}

struct SmoothGradOptions {
  int samples = 50;
  double sigma = 0.15;
  const Statistic* statistic = &kStatistics[0];
  int at_once = 0;
};

class SmoothGradExplainer final : public GradientExplainer {
 public:
  SmoothGradExplainer(Stream& stream, const Model& model, const Methods& methods,
                      const ExplainTask& task, const SmoothGradOptions& options)
      : GradientExplainer(stream, model, methods, task, options.at_once), options_(options) {}

 private:
  std::vector<Explanation> explain_look(const Look& look) override;

  SmoothGradOptions options_;
};

std::vector<Explanation> SmoothGradExplainer::explain_look(const Look& look) {
  std::vector<DrawnMoments> moments(look.pixels.size());
  gradients_at(
      options_.samples, look.target,
      [&](int i, std::span<float> point) {
        const std::vector<double> noise = normal_noise(
            point.size(), {task().seed, kSmoothGradStream + static_cast<std::uint64_t>(i)},
            options_.sigma);
        for (std::size_t k = 0; k < point.size(); ++k)
          point[k] = look.pixels[k] + static_cast<float>(noise[k]);
      },
      [&](int, std::span<const float> gradient) {
        for (std::size_t k = 0; k < gradient.size(); ++k) moments[k].add(gradient[k]);
      });

  std::vector<Explanation> out(1);
  std::vector<double> errors;
  const Statistic& statistic = *options_.statistic;
  for (auto pixel = moments.begin(); pixel != moments.end(); pixel += planes()) {
    const auto largest = std::max_element(pixel, pixel + planes(),
                                          [&](const DrawnMoments& a, const DrawnMoments& b) {
                                            return statistic.value(a) < statistic.value(b);
                                          });
    out[0].map.push_back(static_cast<float>(statistic.value(*largest)));
    errors.push_back(((*largest).*statistic.error)());
  }
  out[0].caption = concat(options_.samples, " noisy copies, deviation ", options_.sigma,
                          options_.statistic == kStatistics ? "" : ", ",
                          options_.statistic == kStatistics ? "" : statistic.name);
  out[0].details = {{"samples", options_.samples},
                    {"sigma", options_.sigma},
                    {"type", statistic.name},
                    {"rng", "philox"},
                    {"seed", task().seed}};
  tell_errors(out[0], errors);
  return out;
}

class SmoothGradFamily final : public MethodFamily {
 public:
  std::vector<Setting> settings() override {
    std::vector<Setting> out;
    SettingGroup smooth(out, "SmoothGrad", {smoothgrad_method.name});
    smooth.whole("smoothgrad_samples", options_.samples, 1, 1 << 16, "noisy copies of the picture");
    smooth.real("smoothgrad_sigma", options_.sigma, 0, 10,
                "deviation of the noise, of pixels from 0 to 1");
    smooth.parsed("smoothgrad_type", options_.statistic, "smoothgrad|smoothgrad_sq|vargrad",
                  "the gradients' mean, mean square, or variance", parse_statistic,
                  [](const Statistic* statistic) { return statistic->name; });
    add_gradient_batch_setting(out, options_.at_once, {smoothgrad_method.name});
    return out;
  }
  std::unique_ptr<Explainer> explainer(Stream& stream, const Model& model, const Methods& methods,
                                       const ExplainTask& task) const override {
    return std::make_unique<SmoothGradExplainer>(stream, model, methods, task, options_);
  }

 private:
  SmoothGradOptions options_;
};

std::unique_ptr<MethodFamily> smoothgrad_family() { return std::make_unique<SmoothGradFamily>(); }

}  // namespace

const Method smoothgrad_method{"smoothgrad", "SmoothGrad", 403, smoothgrad_family};

}  // namespace pellucid
