#include "explain/superpixel_explainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "explain/localisation.h"
#include "explain/mersenne_twister.h"
#include "nn/functions.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

constexpr std::uint64_t kLimeStream = 0x4C494D4500000000;        // "LIME"
constexpr std::uint64_t kKernelShapStream = 0x5348415000000000;  // "SHAP"
constexpr int kLimeSamples = 1000;

// Names the seconds since the last call.
class StageClock {
 public:
  double lap() {
    const auto now = std::chrono::steady_clock::now();
    return std::chrono::duration<double>(now - std::exchange(last_, now)).count();
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

Inference::Channels channels_for(const Model& model) {
  const bool fuses = model.layers().front()->convolution() && model.layers().size() > 1 &&
                     std::string_view(model.layers()[1]->type()) == "relu";
  return model.input().c > 1 && fuses ? Inference::Channels::one : Inference::Channels::as_model;
}

std::vector<float> repeat_channels(const std::vector<float>& plane, int channels) {
  std::vector<float> out;
  out.reserve(plane.size() * static_cast<std::size_t>(channels));
  for (const float value : plane) out.insert(out.end(), static_cast<std::size_t>(channels), value);
  return out;
}

Json describe_segmentation(const SuperpixelOptions& options, const Segments& segments) {
  Json out = {{"count", segments.count}};
  if (options.segments) {
    out["name"] = "label image";
    return out;
  }
  const SegmenterOptions& s = options.segmenter;
  out["name"] = s.name;
  if (s.name == "quickshift")
    out.update({{"kernel_size", s.kernel_size}, {"max_dist", s.max_dist}, {"ratio", s.ratio}});
  if (s.name == "slic")
    out.update({{"n_segments", s.n_segments}, {"compactness", s.compactness}, {"sigma", s.sigma}});
  if (s.name == "grid") out["grid"] = s.grid;
  return out;
}

const char* rng_name(SamplingRng rng) { return rng == SamplingRng::philox ? "philox" : "numpy"; }

std::string plural(int count, const char* noun) {
  return concat(count, " ", noun, count == 1 ? "" : "s");
}

// Each superpixel's pixels get its attribution; colours reach as far as the strongest one.
void paint(Explanation& out, const std::vector<double>& attributions) {
  float strongest = 0;
  for (const std::int32_t label : out.segments) {
    out.map.push_back(static_cast<float>(attributions[static_cast<std::size_t>(label)]));
    strongest = std::max(strongest, std::abs(out.map.back()));
  }
  for (const float value : out.map) out.shown.push_back(strongest > 0 ? value / strongest : 0.0f);
  out.is_signed = true;
  out.low = -strongest;
  out.high = strongest;
  const auto [low, high] = std::minmax_element(out.map.begin(), out.map.end());
  out.uniform = *low == *high;
  out.peak = superpixel_peak(out.map, out.segments, out.width);
}

}  // namespace

void check_superpixel_options(const SuperpixelOptions& o) {
  if (o.shap.link == Link::logit && o.score != Score::probability)
    throw UsageError("the logit link is one of probabilities: choose --score probability");
  if (o.rng == SamplingRng::numpy && o.seed > std::numeric_limits<std::uint32_t>::max())
    throw UsageError(concat("numpy takes seeds below 2^32, got ", o.seed));
}

struct SuperpixelExplainer::Study {
  Segments segments;
  Tensor image, fill, labels;  // as plan_ takes them: (h, w, c), (h, w, c), (h, w)
  Prediction prediction;
  std::vector<double> full, empty;  // (classes): the score of the picture, of the empty one
  std::vector<std::pair<std::string, double>> stages;
  double seconds(const char* stage) const {
    for (const auto& [name, value] : stages)
      if (name == stage) return value;
    return 0;
  }
};

SuperpixelExplainer::SuperpixelExplainer(Stream& stream, const Model& model,
                                         const SuperpixelOptions& options)
    : stream_(stream), options_(options), plan_(stream, model, channels_for(model)) {
  check_superpixel_options(options);
}

// (rows, classes)
std::vector<double> SuperpixelExplainer::values(const Study& study, const Coalitions& coalitions,
                                                Score score) const {
  const int rows = coalitions.rows, classes = plan_.classes();
  const std::vector<std::int32_t> words(coalitions.bits.begin(), coalitions.bits.end());
  const Tensor bits = Tensor::from_host(stream_, {rows, coalitions.words}, words);
  MaskedImage masked;
  masked.image = study.image.data<float>();
  masked.fill = study.fill.data<float>();
  masked.labels = study.labels.data<std::int32_t>();
  masked.words = coalitions.words;
  std::vector<double> out;
  const int batch = options_.batch > 0 ? options_.batch : rows;
  for (int first = 0; first < rows; first += batch) {
    const int count = std::min(batch, rows - first);
    masked.bits =
        reinterpret_cast<const std::uint32_t*>(bits.slice(first, count).data<std::int32_t>());
    Tensor scores = plan_.logits(masked, count);
    if (score == Score::probability) {
      const NoGradient off;
      scores = softmax(stream_, Variable(scores)).value();
    }
    for (const float value : scores.to_host<float>(stream_)) {
      require(std::isfinite(value), "a score of a masked picture is not finite (", value,
              "); the model's weights may have diverged");
      out.push_back(value);
    }
  }
  require(out.size() == static_cast<std::size_t>(rows) * classes, "masks without a score");
  return out;
}

SuperpixelExplainer::Study SuperpixelExplainer::study(const Sample& sample) const {
  const ActivationShape& input = plan_.input();
  const std::size_t pixels = static_cast<std::size_t>(input.h) * input.w;
  require(sample.pixels.size() == pixels, "a picture of ", sample.pixels.size(),
          " pixels does not fit a model for ", input.h, " x ", input.w);
  Study out;
  StageClock clock;
  if (options_.segments) {
    out.segments = *options_.segments;
    require(out.segments.height == input.h && out.segments.width == input.w, "the label image is ",
            out.segments.height, " x ", out.segments.width, ", the picture ", input.h, " x ",
            input.w);
  } else {
    SegmenterOptions segmenter = options_.segmenter;
    segmenter.noise_seed = options_.seed;
    if (options_.rng == SamplingRng::numpy) {  // as lime with scikit-image up to 0.18
      const int seed = lime_segmentation_seed(static_cast<std::uint32_t>(options_.seed));
      MersenneTwister random(static_cast<std::uint32_t>(seed));
      segmenter.noise.emplace(pixels);
      for (double& value : *segmenter.noise) value = 1e-5 * random.normal();
    }
    out.segments = segment(stream_, sample.pixels, input.h, input.w, segmenter);
  }
  out.stages.emplace_back("segmentation", clock.lap());

  std::vector<float> plane(pixels);
  for (std::size_t i = 0; i < pixels; ++i) plane[i] = static_cast<float>(sample.pixels[i]) / 255.0f;
  const std::vector<float> fill =
      fill_picture(options_.fill, plane, out.segments.labels, out.segments.count, input.h, input.w);
  out.image =
      Tensor::from_host(stream_, {input.h, input.w, input.c}, repeat_channels(plane, input.c));
  out.fill =
      Tensor::from_host(stream_, {input.h, input.w, input.c}, repeat_channels(fill, input.c));
  out.labels = Tensor::from_host(stream_, {input.h, input.w}, out.segments.labels);
  out.stages.emplace_back("fill", clock.lap());

  // The whole picture and the empty one; logits, since the prediction is told in both scores.
  Coalitions both(out.segments.count, 2);
  for (int j = 0; j < both.features; ++j) both.set(0, j);
  const std::vector<double> logits = values(out, both, Score::logit);
  const std::size_t classes = static_cast<std::size_t>(plan_.classes());
  std::vector<float> rows(logits.begin(), logits.end());
  const NoGradient off;
  const Tensor device_rows = Tensor::from_host(stream_, {2, plan_.classes()}, rows);
  const auto probabilities =
      softmax(stream_, Variable(device_rows)).value().to_host<float>(stream_);
  const auto row = [&](const std::vector<float>& from, std::size_t n) {
    return std::vector<float>(from.begin() + static_cast<std::ptrdiff_t>(n * classes),
                              from.begin() + static_cast<std::ptrdiff_t>((n + 1) * classes));
  };
  out.prediction = {row(rows, 0), row(probabilities, 0), 0};
  out.prediction.predicted = static_cast<int>(
      std::max_element(rows.begin(), rows.begin() + plan_.classes()) - rows.begin());
  const std::vector<float>& scores = options_.score == Score::logit ? rows : probabilities;
  out.full.assign(scores.begin(), scores.begin() + plan_.classes());
  out.empty.assign(scores.begin() + plan_.classes(), scores.end());
  out.stages.emplace_back("forwards", clock.lap());
  return out;
}

Explanation SuperpixelExplainer::start(const Study& study, int target) const {
  Explanation out;
  out.prediction = study.prediction;
  out.target = target;
  out.height = study.segments.height;
  out.width = study.segments.width;
  out.segments = study.segments.labels;
  out.details = {{"superpixels", describe_segmentation(options_, study.segments)},
                 {"fill", to_string(options_.fill)},
                 {"rng", rng_name(options_.rng)},
                 {"seed", options_.seed}};
  return out;
}

Explanation SuperpixelExplainer::lime(const Study& study, int target) const {
  const int features = study.segments.count;
  const int samples = options_.samples > 0 ? options_.samples : kLimeSamples;
  Explanation out = start(study, target);
  out.method = "lime";
  StageClock clock;
  const Coalitions coalitions =
      options_.rng == SamplingRng::numpy
          ? lime_coalitions_numpy(features, samples, static_cast<std::uint32_t>(options_.seed))
                .coalitions
          : lime_coalitions(features, samples, {options_.seed, kLimeStream});
  const double masks = clock.lap();
  const std::vector<double> y = values(study, coalitions, options_.score);
  const double forwards = clock.lap();
  const std::vector<LimeResult> results =
      lime_fit(stream_, coalitions, y, plan_.classes(), options_.lime);
  const LimeResult& result = results[static_cast<std::size_t>(target)];
  paint(out, result.coefficients);
  out.stages = {{"segmentation", study.seconds("segmentation")},
                {"fill", study.seconds("fill")},
                {"masks", masks},
                {"forwards", forwards + study.seconds("forwards")},
                {"solve", clock.lap()}};
  out.caption = concat(plural(features, "superpixel"), ", ", plural(samples, "mask"), ", fill ",
                       to_string(options_.fill), ", R2 ", std::round(result.r2 * 1000) / 1000);
  Json classes = Json::array();
  for (const LimeResult& r : results)
    classes.push_back({{"attributions", r.coefficients},
                       {"intercept", r.intercept},
                       {"r2", r.r2},
                       {"local_prediction", r.local_prediction},
                       {"selected", r.selected},
                       {"singular", r.singular},
                       {"too_few_rows", r.too_few_rows},
                       {"constant", r.constant}});
  out.details.update({{"samples", samples},
                      {"kernel_width", options_.lime.kernel_width},
                      {"alpha", options_.lime.alpha},
                      {"num_features", options_.lime.num_features},
                      {"feature_selection", std::string(to_string(options_.lime.selection))},
                      {"classes", std::move(classes)}});
  return out;
}

Explanation SuperpixelExplainer::kernel_shap(const Study& study, int target) const {
  const int features = study.segments.count;
  Explanation out = start(study, target);
  out.method = "kernelshap";
  StageClock clock;
  const ShapPlan plan =
      shap_plan(features, {options_.samples, options_.rng, options_.seed, kKernelShapStream});
  const int samples = plan.coalitions.rows;
  const double masks = clock.lap();
  const std::vector<double> y =
      samples > 0 ? values(study, plan.coalitions, options_.score) : std::vector<double>();
  const double forwards = clock.lap();
  const std::vector<KernelShapResult> results = kernel_shap_fit(
      stream_, plan.coalitions, plan.weights, y, study.full, study.empty, options_.shap);
  paint(out, results[static_cast<std::size_t>(target)].phi);
  out.stages = {{"segmentation", study.seconds("segmentation")},
                {"fill", study.seconds("fill")},
                {"masks", masks},
                {"forwards", forwards + study.seconds("forwards")},
                {"solve", clock.lap()}};
  out.caption = concat(plural(features, "superpixel"), ", ", plural(samples, "mask"),
                       plan.exact ? " (all there are)" : "", ", fill ", to_string(options_.fill));
  Json classes = Json::array();
  for (const KernelShapResult& r : results)
    classes.push_back({{"attributions", r.phi},
                       {"base", r.base},
                       {"delta", r.delta},
                       {"selected", r.selected},
                       {"singular", r.singular},
                       {"too_few_rows", r.too_few_rows},
                       {"clipped", r.clipped}});
  out.details.update({{"samples", samples},
                      {"enumerated", plan.enumerated},
                      {"exact", plan.exact},
                      {"l1", to_string(options_.shap.l1)},
                      {"link", std::string(to_string(options_.shap.link))},
                      {"classes", std::move(classes)}});
  return out;
}

std::vector<Explanation> SuperpixelExplainer::explain(const Sample& sample,
                                                      std::optional<int> truth,
                                                      const std::vector<std::string>& methods) {
  CostMeter shared_meter(stream_);
  const Study picture = study(sample);
  const ExplanationCost shared = shared_meter.stop();
  const int target = target_label(options_.target, picture.prediction.predicted, truth);
  std::vector<Explanation> out;
  for (const std::string& method : methods) {
    CostMeter meter(stream_);
    out.push_back(method == "lime" ? lime(picture, target) : kernel_shap(picture, target));
    ExplanationCost& cost = out.back().cost = meter.stop();
    cost.seconds += shared.seconds;
    cost.launches += shared.launches;
    cost.flops += shared.flops;
    cost.bytes += shared.bytes;
    cost.peak_bytes = std::max(cost.peak_bytes, shared.peak_bytes);
  }
  return out;
}

}  // namespace pellucid
