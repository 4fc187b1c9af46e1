// gradient_shap.cpp: expected gradients (Erion, Janizek, Sturmfels, Lundberg & Lee, Nature Machine Intelligence
// 2021), which shap and captum call GradientSHAP: Integrated Gradients, in the mean over baselines b from a distribution.
//
//   map = E_{b, α} Σ_p (x_p − b_p) · ∂s/∂x_p (b + α(x − b)),    E Σ map = s(x) − E s(b)
//
// with α uniform in [0, 1), estimated by N draws of (b, α). p runs over the planes of the picture. With σ > 0 each draw
// takes x + σ·N(0, 1) for x, as captum has it.
#include <algorithm>
#include <filesystem>

#include "explain/gradient/gradient_explainer.h"
#include "explain/masks/fill.h"
#include "nn/data/source/packed.h"
#include "runtime/error.h"
#include "runtime/normal_noise.h"

namespace pellucid {

extern const Method gradientshap_method;

namespace {

constexpr std::uint64_t kGradientShapStream = 0x4753484150000000;  // "GSHAP", + draw
constexpr std::uint64_t kShapNoiseStream = 0x47534E4F49000000;     // "GSNOI", + draw

// From which on the draws are said to be too few.
constexpr double kLargeDrawnIncompleteness = 0.2;

// Where baselines come from.
struct Baselines {
  enum class Kind { fill, levels, data };
  Kind kind = Kind::fill;
  Fill fill = {Fill::Kind::constant, 0};
  std::vector<Sample> samples = {};  // of the data
  int height = 0, width = 0;
  bool colour = false;
  std::string file = {}, md5 = {};

  std::string to_string() const {
    return kind == Kind::levels ? "levels" : kind == Kind::fill ? baseline_text(fill) : file;
  }
};

// The training pictures of a packed set, or all where it has none.
Baselines baselines_of_data(const std::string& file) {
  Dataset data = unpack_dataset(file);
  Baselines out{.kind = Baselines::Kind::data,
                .height = data.height,
                .width = data.width,
                .colour = data.colour,
                .file = file,
                .md5 = content_hash(data)};
  for (std::vector<Sample>* part : {&data.train, &data.valid, &data.test})
    if (out.samples.empty()) out.samples = std::move(*part);
  return out;
}

Baselines parse_baselines(const std::string& text) {
  if (text == "levels") return {.kind = Baselines::Kind::levels};
  std::error_code none;
  if (std::filesystem::exists(text, none)) return baselines_of_data(text);
  try {
    return {.kind = Baselines::Kind::fill, .fill = parse_baseline(text, "")};
  } catch (const UsageError&) {  // told below
  }
  throw UsageError(concat("unknown --gradientshap-baselines '", text,
                          "' (known: black, image-mean, a grey level from 0 to 1, blur(S) "
                          "with S above 0 and at most 100 pixels, levels, or a file that "
                          "pellucid-data wrote)"));
}

struct GradientShapOptions {
  int samples = 50;
  double sigma = 0;
  Baselines baselines;
  int at_once = 0;
};

class GradientShapExplainer final : public GradientExplainer {
 public:
  GradientShapExplainer(Stream& stream, const Model& model, const Methods& methods,
                        const ExplainTask& task, const GradientShapOptions& options);

 private:
  std::vector<Explanation> explain_look(const Look& look) override;
  RandomKey key(std::uint64_t stream, int draw) const {
    return {task().seed, stream + static_cast<std::uint64_t>(draw)};
  }
  bool one_baseline() const { return options_.baselines.kind == Baselines::Kind::fill; }
  // α of a draw; the words behind it choose its baseline.
  float place(int draw) const { return random_uniform(key(kGradientShapStream, draw), 0); }
  std::vector<float> baseline(int draw) const;
  // The picture, with the draw's noise.
  std::vector<float> end(const Look& look, int draw) const;
  void write_point(const Look& look, int draw, std::span<float> point) const;
  // E s(x) − s(b) over the draws.
  double score_gap(const Look& look);

  GradientShapOptions options_;
  std::vector<float> filled_;  // of the picture at hand, where there is one baseline
};

GradientShapExplainer::GradientShapExplainer(Stream& stream, const Model& model,
                                             const Methods& methods, const ExplainTask& task,
                                             const GradientShapOptions& options)
    : GradientExplainer(stream, model, methods, task, options.at_once), options_(options) {
  const Baselines& b = options_.baselines;
  if (b.kind != Baselines::Kind::data) return;
  if (b.height != input().h || b.width != input().w || b.colour != task.colour)
    throw UsageError(concat("--gradientshap-baselines: ", b.file, " has ",
                            b.colour ? "colour" : "grey", " pictures of ", b.height, "x", b.width,
                            ", the model takes ", task.colour ? "colour" : "grey", " ones of ",
                            input().h, "x", input().w));
}

std::vector<float> GradientShapExplainer::baseline(int draw) const {
  if (one_baseline()) return filled_;
  const Baselines& b = options_.baselines;
  const RandomKey bits = key(kGradientShapStream, draw);
  if (b.kind == Baselines::Kind::data) {
    const auto count = static_cast<std::uint32_t>(b.samples.size());
    return unit_values(b.samples[random_below(bits, 1, count)].pixels);
  }
  std::vector<float> out(pixels() * static_cast<std::size_t>(planes()));
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = random_uniform(bits, 1 + i % static_cast<std::size_t>(planes()));
  return out;
}

std::vector<float> GradientShapExplainer::end(const Look& look, int draw) const {
  std::vector<float> out = look.pixels;
  if (options_.sigma == 0) return out;
  const std::vector<double> noise =
      normal_noise(out.size(), key(kShapNoiseStream, draw), options_.sigma);
  for (std::size_t k = 0; k < out.size(); ++k) out[k] += static_cast<float>(noise[k]);
  return out;
}

void GradientShapExplainer::write_point(const Look& look, int draw, std::span<float> point) const {
  const std::vector<float> from = baseline(draw), to = end(look, draw);
  const double alpha = place(draw);
  for (std::size_t k = 0; k < point.size(); ++k)
    point[k] = static_cast<float>(from[k] + alpha * (double{to[k]} - from[k]));
}

double GradientShapExplainer::score_gap(const Look& look) {
  const auto mean_gap = [&](int count, const auto& point_of) {
    double sum = 0;
    logits_at(
        count,
        [&](int draw, std::span<float> point) { std::ranges::copy(point_of(draw), point.begin()); },
        [&](int, std::span<const float> logits) {
          sum += score_difference(look.prediction.logits, logits, look.target, task().score);
        });
    return sum / count;
  };
  const double gap =
      mean_gap(one_baseline() ? 1 : options_.samples, [&](int draw) { return baseline(draw); });
  if (options_.sigma == 0) return gap;
  return gap - mean_gap(options_.samples, [&](int draw) { return end(look, draw); });
}

std::vector<Explanation> GradientShapExplainer::explain_look(const Look& look) {
  if (one_baseline())
    filled_ = fill_picture(options_.baselines.fill, look.pixels, input().h, input().w, planes());
  std::vector<DrawnMoments> moments(pixels());
  const auto each = static_cast<std::size_t>(planes());
  gradients_at(
      options_.samples, look.target,
      [&](int draw, std::span<float> point) { write_point(look, draw, point); },
      [&](int draw, std::span<const float> gradient) {
        const std::vector<float> from = baseline(draw), to = end(look, draw);
        for (std::size_t i = 0; i < moments.size(); ++i) {
          double value = 0;
          for (std::size_t k = i * each; k < (i + 1) * each; ++k)
            value += (double{to[k]} - from[k]) * gradient[k];
          moments[i].add(value);
        }
      });

  std::vector<Explanation> out(1);
  Completeness completeness;
  std::vector<double> errors;
  for (const DrawnMoments& pixel : moments) {
    completeness.sum += pixel.mean();
    out[0].map.push_back(static_cast<float>(pixel.mean()));
    errors.push_back(pixel.mean_error());
  }
  completeness.difference = score_gap(look);
  const std::string baselines = options_.baselines.to_string();
  const bool of_data = options_.baselines.kind == Baselines::Kind::data;
  out[0].is_signed = true;
  out[0].caption =
      concat(options_.samples, " draws, baselines ", of_data ? "from data" : baselines);
  out[0].details = {{"samples", options_.samples},
                    {"sigma", options_.sigma},
                    {"baselines", baselines},
                    {"rng", "philox"},
                    {"seed", task().seed}};
  if (of_data) out[0].details["baseline_pictures"] = options_.baselines.samples.size();
  tell_errors(out[0], errors);
  completeness.tell(out[0], kLargeDrawnIncompleteness, "more --gradientshap-samples come nearer");
  return out;
}

class GradientShapFamily final : public MethodFamily {
 public:
  std::vector<Setting> settings() override {
    std::vector<Setting> out;
    SettingGroup shap(out, "GradientSHAP", {gradientshap_method.name});
    shap.whole("gradientshap_samples", options_.samples, 1, 1 << 16,
               "draws of a baseline and a point on the line from it");
    shap.real("gradientshap_sigma", options_.sigma, 0, 10,
              "deviation of noise that is added to the picture, of pixels from 0 to 1");
    shap.parsed("gradientshap_baselines", options_.baselines,
                "black|image-mean|LEVEL|blur(S)|levels|FILE",
                "what baselines are drawn from: uniform pictures of any level, one picture, or the "
                "training pictures of a set that pellucid-data packed",
                parse_baselines, [](const Baselines& baselines) { return baselines.to_string(); })
        .md5 = [this] { return options_.baselines.md5; };
    add_gradient_batch_setting(out, options_.at_once, {gradientshap_method.name});
    return out;
  }
  std::unique_ptr<Explainer> explainer(Stream& stream, const Model& model, const Methods& methods,
                                       const ExplainTask& task) const override {
    return std::make_unique<GradientShapExplainer>(stream, model, methods, task, options_);
  }

 private:
  GradientShapOptions options_;
};

std::unique_ptr<MethodFamily> gradientshap_family() {
  return std::make_unique<GradientShapFamily>();
}

}  // namespace

const Method gradientshap_method{"gradientshap", "GradientSHAP", 404, gradientshap_family};

}  // namespace pellucid
