#include "explain/superpixel_explainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <utility>

#include "explain/localisation.h"
#include "explain/mersenne_twister.h"
#include "nn/functions.h"
#include "runtime/error.h"
#include "runtime/profile.h"

namespace pellucid {
namespace {

constexpr std::uint64_t kLimeStream = 0x4C494D4500000000;        // "LIME"
constexpr std::uint64_t kKernelShapStream = 0x5348415000000000;  // "SHAP"
constexpr int kLimeSamples = 1000;
constexpr int kMostPicturesAtOnce = 64;

// Seconds since the last call, with the device's work that was asked for in them.
class StageClock {
 public:
  explicit StageClock(Stream& stream) : stream_(stream) {}
  double lap() {
    stream_.synchronize();
    const auto now = std::chrono::steady_clock::now();
    return std::chrono::duration<double>(now - std::exchange(last_, now)).count();
  }

 private:
  Stream& stream_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

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

// A picture, from its superpixels to the model's answer.
struct SuperpixelExplainer::Study {
  int picture = 0;  // in scores_
  Segments segments;
  Prediction prediction;
  int target = 0;
  std::vector<double> full, empty;  // (classes): the score of the picture, of the empty one
  ExplanationCost cost;
  double segmentation_seconds = 0, fill_seconds = 0, forward_seconds = 0;
  std::string error;  // why the picture has no explanation
};

// A picture's masks of one method and what the model says to them.
struct SuperpixelExplainer::Job {
  Study* study = nullptr;
  ShapPlan plan;               // LIME: coalitions only
  std::vector<double> values;  // (rows, classes)
  ExplanationCost cost;
  double plan_seconds = 0, forward_seconds = 0;
};

SuperpixelExplainer::SuperpixelExplainer(Stream& stream, const Model& model,
                                         const SuperpixelOptions& options)
    : stream_(stream), options_(options), scores_(stream, model, options.batch, options.colour) {
  require(!options.colour || model.input().c == 3, "a picture in colour does not fit a model for ",
          model.input().to_string());
  check_superpixel_options(options);
  // quickshift's noise is the same for every picture.
  if (!options_.segments && options_.segmenter.name == "quickshift")
    options_.segmenter.noise = noise_of_all_pictures();
}

int SuperpixelExplainer::pictures_at_once() const {
  const int masks = options_.samples > 0 ? options_.samples : kLimeSamples;
  return std::clamp(scores_.masks_at_once() / masks, 1, kMostPicturesAtOnce);
}

// Runs a picture's part of the work, whose errors are the picture's own, and adds its cost.
template <class Work>
double SuperpixelExplainer::attempt(const char* part, std::string& error, ExplanationCost& cost,
                                    const Work& work) const {
  if (!error.empty()) return 0;
  const ProfileScope scope(stream_, part);
  CostMeter meter(stream_);
  try {
    work();
  } catch (const Error& e) {
    error = e.what();
  }
  const ExplanationCost mine = meter.stop();
  cost.add(mine);
  return mine.seconds;
}

std::vector<double> SuperpixelExplainer::noise_of_all_pictures() const {
  const ActivationShape& input = scores_.input();
  const std::size_t pixels = static_cast<std::size_t>(input.h) * static_cast<std::size_t>(input.w);
  if (options_.rng == SamplingRng::philox) return segmentation_noise(pixels, options_.seed);
  // As lime with scikit-image up to 0.18.
  const int seed = lime_segmentation_seed(static_cast<std::uint32_t>(options_.seed));
  MersenneTwister random(static_cast<std::uint32_t>(seed));
  std::vector<double> noise(pixels);
  for (double& value : noise) value = 1e-5 * random.normal();
  return noise;
}

Segments SuperpixelExplainer::segments_of(const Sample& sample) const {
  const ActivationShape& input = scores_.input();
  const std::size_t pixels = static_cast<std::size_t>(input.h) * static_cast<std::size_t>(input.w);
  require(sample.pixels.size() == (options_.colour ? 3 * pixels : pixels), "a picture of ",
          sample.pixels.size(), options_.colour ? " values" : " pixels",
          " does not fit a model for ", input.h, " x ", input.w,
          options_.colour ? " in colour" : "");
  if (options_.segments) {
    const Segments& given = *options_.segments;
    require(given.height == input.h && given.width == input.w, "the label image is ", given.height,
            " x ", given.width, ", the picture ", input.h, " x ", input.w);
    return given;
  }
  return options_.colour ? segment_rgb(stream_, sample.pixels, input.h, input.w, options_.segmenter)
                         : segment(stream_, sample.pixels, input.h, input.w, options_.segmenter);
}

void SuperpixelExplainer::place(const Study& study, const Sample& sample) {
  std::vector<float> picture;
  for (const std::uint8_t value : sample.pixels)
    picture.push_back(static_cast<float>(value) / 255.0f);
  const Segments& s = study.segments;
  const std::vector<float> fill = fill_picture(options_.fill, picture, s.labels, s.count, s.height,
                                               s.width, options_.colour ? 3 : 1);
  scores_.place(study.picture, picture, fill, s.labels);
}

// The masks of all jobs in common launches. A picture with a score that is not finite fails.
void SuperpixelExplainer::forward(std::vector<Job>& jobs, Score score) const {
  std::vector<MaskedScores::Masks> masks;
  double rows = 0;
  for (const Job& job : jobs) {
    if (job.plan.coalitions.rows == 0) continue;
    masks.push_back({job.study->picture, &job.plan.coalitions});
    rows += job.plan.coalitions.rows;
  }
  const ProfileScope scope(stream_, "forwards");
  CostMeter meter(stream_);
  std::vector<std::vector<double>> values = scores_.scores(masks, score);
  const ExplanationCost cost = meter.stop();
  auto next = values.begin();
  for (Job& job : jobs) {
    if (job.plan.coalitions.rows == 0) continue;
    job.values = std::move(*next++);
    const double share = job.plan.coalitions.rows / rows;
    job.cost.add(cost, share);
    job.cost.forwards = job.plan.coalitions.rows;
    job.cost.pictures = static_cast<int>(masks.size());
    job.forward_seconds = share * cost.seconds;
    const auto bad = std::find_if(job.values.begin(), job.values.end(),
                                  [](double value) { return !std::isfinite(value); });
    if (bad != job.values.end())
      job.study->error = concat("a score of a masked picture is not finite (", *bad,
                                "); the model's weights may have diverged");
  }
  std::erase_if(jobs, [](const Job& job) { return !job.study->error.empty(); });
}

// The whole picture and the empty one; logits, since the prediction is told in both scores.
void SuperpixelExplainer::predict(std::vector<Study>& studies) const {
  std::vector<Job> jobs;
  for (Study& study : studies) {
    if (!study.error.empty()) continue;
    Job& job = jobs.emplace_back();
    job.study = &study;
    HostCoalitions ends(study.segments.count, 2);
    for (int j = 0; j < study.segments.count; ++j) ends.set(0, j);
    job.plan.coalitions = Coalitions::from_host(stream_, ends);
  }
  forward(jobs, Score::logit);
  for (Job& job : jobs) {
    Study& study = *job.study;
    study.cost.add(job.cost);
    study.forward_seconds = job.forward_seconds;
    study.forward_seconds += attempt("prediction", study.error, study.cost, [&] {
      const int classes = scores_.classes();
      const std::vector<float> logits(job.values.begin(), job.values.end());
      const NoGradient off;
      const Tensor rows = Tensor::from_host(stream_, {2, classes}, logits);
      const std::vector<float> probabilities =
          softmax(stream_, Variable(rows)).value().to_host<float>(stream_);
      Prediction& p = study.prediction;
      p.logits.assign(logits.begin(), logits.begin() + classes);
      p.probabilities.assign(probabilities.begin(), probabilities.begin() + classes);
      p.predicted =
          static_cast<int>(std::max_element(p.logits.begin(), p.logits.end()) - p.logits.begin());
      const std::vector<float>& scores = options_.score == Score::logit ? logits : probabilities;
      study.full.assign(scores.begin(), scores.begin() + classes);
      study.empty.assign(scores.begin() + classes, scores.end());
    });
  }
}

ShapPlan SuperpixelExplainer::plan_of(const std::string& method, int features) const {
  if (method == "kernelshap")
    return shap_plan(stream_, features,
                     {options_.samples, options_.rng, options_.seed, kKernelShapStream});
  const int samples = options_.samples > 0 ? options_.samples : kLimeSamples;
  ShapPlan plan;
  plan.coalitions =
      options_.rng == SamplingRng::numpy
          ? Coalitions::from_host(
                stream_,
                lime_coalitions_numpy(features, samples, static_cast<std::uint32_t>(options_.seed))
                    .coalitions)
          : lime_coalitions(stream_, features, samples, {options_.seed, kLimeStream});
  return plan;
}

Explanation SuperpixelExplainer::start(const Job& job) const {
  const Study& study = *job.study;
  Explanation out;
  out.prediction = study.prediction;
  out.target = study.target;
  out.height = study.segments.height;
  out.width = study.segments.width;
  out.segments = study.segments.labels;
  out.details = {{"superpixels", describe_segmentation(options_, study.segments)},
                 {"samples", job.plan.coalitions.rows},
                 {"fill", to_string(options_.fill)},
                 {"rng", rng_name(options_.rng)},
                 {"seed", options_.seed}};
  out.stages = {{"segmentation", study.segmentation_seconds},
                {"fill", study.fill_seconds},
                {"masks", job.plan_seconds},
                {"forwards", study.forward_seconds + job.forward_seconds}};
  return out;
}

Explanation SuperpixelExplainer::lime(const Job& job) const {
  Explanation out = start(job);
  out.method = "lime";
  out.title = "LIME";
  const Coalitions& coalitions = job.plan.coalitions;
  StageClock clock(stream_);
  const Tensor weights = lime_weights(stream_, coalitions, options_.lime.kernel_width);
  out.stages.emplace_back("weights", clock.lap());
  const std::vector<LimeResult> results =
      lime_fit(stream_, coalitions, weights, job.values, scores_.classes(), options_.lime);
  out.stages.emplace_back("solve", clock.lap());
  const LimeResult& result = results[static_cast<std::size_t>(out.target)];
  paint(out, result.coefficients);
  out.caption =
      concat(plural(coalitions.features, "superpixel"), ", ", plural(coalitions.rows, "mask"),
             ", fill ", to_string(options_.fill), ", R2 ", std::round(result.r2 * 1000) / 1000);
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
  out.details.update({{"kernel_width", options_.lime.kernel_width},
                      {"alpha", options_.lime.alpha},
                      {"num_features", options_.lime.num_features},
                      {"feature_selection", std::string(to_string(options_.lime.selection))},
                      {"classes", std::move(classes)}});
  return out;
}

Explanation SuperpixelExplainer::kernel_shap(const Job& job) const {
  Explanation out = start(job);
  out.method = "kernelshap";
  out.title = "Kernel SHAP";
  const ShapPlan& plan = job.plan;
  StageClock clock(stream_);
  const Tensor weights = shap_weights(stream_, plan);
  out.stages.emplace_back("weights", clock.lap());
  const std::vector<KernelShapResult> results = kernel_shap_fit(
      stream_, plan, weights, job.values, job.study->full, job.study->empty, options_.shap);
  out.stages.emplace_back("solve", clock.lap());
  paint(out, results[static_cast<std::size_t>(out.target)].phi);
  out.caption = concat(plural(plan.coalitions.features, "superpixel"), ", ",
                       plural(plan.coalitions.rows, "mask"), plan.exact ? " (all there are)" : "",
                       ", fill ", to_string(options_.fill));
  Json classes = Json::array();
  for (const KernelShapResult& r : results)
    classes.push_back({{"attributions", r.phi},
                       {"base", r.base},
                       {"delta", r.delta},
                       {"selected", r.selected},
                       {"singular", r.singular},
                       {"too_few_rows", r.too_few_rows},
                       {"clipped", r.clipped}});
  out.details.update({{"enumerated", plan.enumerated},
                      {"exact", plan.exact},
                      {"l1", to_string(options_.shap.l1)},
                      {"link", std::string(to_string(options_.shap.link))},
                      {"classes", std::move(classes)}});
  return out;
}

std::vector<Explained> SuperpixelExplainer::explain(std::span<const Subject> subjects,
                                                    const std::vector<std::string>& methods) {
  std::vector<Study> studies(subjects.size());
  scores_.reset(static_cast<int>(subjects.size()));
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    Study& study = studies[i];
    study.picture = static_cast<int>(i);
    study.segmentation_seconds = attempt("segmentation", study.error, study.cost, [&] {
      study.segments = segments_of(*subjects[i].sample);
    });
    study.fill_seconds =
        attempt("fill", study.error, study.cost, [&] { place(study, *subjects[i].sample); });
  }
  predict(studies);
  std::vector<Explained> out(subjects.size());
  for (Study& study : studies)
    attempt("prediction", study.error, study.cost, [&] {
      study.target = target_label(options_.target, study.prediction.predicted,
                                  subjects[static_cast<std::size_t>(study.picture)].truth);
    });

  for (const std::string& method : methods) {
    std::vector<Job> jobs;
    for (Study& study : studies) {
      Job job;
      job.study = &study;
      job.plan_seconds = attempt("masks", study.error, job.cost,
                                 [&] { job.plan = plan_of(method, study.segments.count); });
      if (study.error.empty()) jobs.push_back(std::move(job));
    }
    forward(jobs, options_.score);
    for (Job& job : jobs) {
      Explanation explanation;
      attempt("solve", job.study->error, job.cost,
              [&] { explanation = method == "lime" ? lime(job) : kernel_shap(job); });
      explanation.cost = job.cost;
      explanation.cost.add(job.study->cost);
      out[static_cast<std::size_t>(job.study->picture)].explanations.push_back(
          std::move(explanation));
    }
  }
  for (std::size_t i = 0; i < studies.size(); ++i)
    if (!studies[i].error.empty()) out[i] = {{}, studies[i].error};
  return out;
}

std::vector<Explanation> SuperpixelExplainer::explain(const Subject& subject,
                                                      const std::vector<std::string>& methods) {
  Explained one = std::move(explain({&subject, 1}, methods).front());
  require(one.error.empty(), one.error);
  return std::move(one.explanations);
}

}  // namespace pellucid
