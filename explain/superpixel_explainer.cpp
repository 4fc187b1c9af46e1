#include "explain/superpixel_explainer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "explain/localisation.h"
#include "explain/mersenne_twister.h"
#include "explain/stage_clock.h"
#include "explain/standard_errors.h"
#include "nn/functions.h"
#include "runtime/error.h"
#include "runtime/profile.h"

namespace pellucid {
namespace {

constexpr std::uint64_t kLimeStream = 0x4C494D4500000000;        // "LIME"
constexpr std::uint64_t kKernelShapStream = 0x5348415000000000;  // "SHAP"
constexpr int kLimeSamples = 1000;
constexpr std::string_view kOcclusion = "occlusion";
constexpr int kMostPicturesAtOnce = 64;

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

// computed: of the multiply-adds of the layers that the masks share.
Json describe_sharing(const MaskedScores::Sharing& sharing) {
  const bool shared = sharing.layers > 0;
  Json out = {{"way", shared ? "shared" : "direct"}, {"shared_layers", sharing.layers}};
  if (shared) out["computed"] = sharing.computed;
  return out;
}

const char* rng_name(SamplingRng rng) { return rng == SamplingRng::philox ? "philox" : "numpy"; }

double largest(const std::vector<double>& values) {
  double out = 0;
  for (const double value : values) out = std::max(out, std::abs(value));
  return out;
}

// Rows that two plans begin with.
std::int64_t common_rows(const HostCoalitions& a, const HostCoalitions& b) {
  const auto end = std::mismatch(a.bits.begin(), a.bits.end(), b.bits.begin(), b.bits.end()).first;
  return a.words ? (end - a.bits.begin()) / a.words : 0;
}

std::string plural(int count, const char* noun) {
  return concat(count, " ", noun, count == 1 ? "" : "s");
}

std::string masks_of(const ShapPlan& plan) {
  return concat(plural(plan.coalitions.features, "superpixel"), ", ",
                plural(plan.coalitions.rows, "mask"));
}

// runs, errors: an element a seed, of a value a superpixel each.
Json describe_repetitions(const std::vector<std::vector<double>>& runs,
                          const std::vector<std::vector<double>>& errors) {
  const double count = static_cast<double>(runs.size());
  std::vector<double> means, spreads;
  double inside = 0, intervals = 0;
  for (std::size_t j = 0; j < runs[0].size(); ++j) {
    double mean = 0, squares = 0;
    for (const auto& run : runs) mean += run[j] / count;
    for (std::size_t k = 0; k < runs.size(); ++k) {
      const double off = runs[k][j] - mean;
      squares += off * off;
      if (errors[k].empty()) continue;
      ++intervals;
      inside += std::abs(off) <= kTwoSided95 * errors[k][j];
    }
    means.push_back(mean);
    spreads.push_back(std::sqrt(squares / (count - 1)));
  }
  return {{"count", runs.size()},
          {"mean", means},
          {"spread", spreads},
          {"intervals_with_mean", intervals > 0 ? Json(inside / intervals) : Json(nullptr)}};
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
  if (!(o.until_se >= 0) || o.max_samples < 1 || o.repeat < 1)
    throw UsageError(
        concat("the standard error must be at least 0, masks and repetitions at least "
               "1, got ",
               o.until_se, ", ", o.max_samples, " and ", o.repeat));
  if (o.shap.link == Link::logit && o.score != Score::probability)
    throw UsageError("the logit link is one of probabilities: choose --score probability");
  const std::uint64_t last_seed = o.seed + static_cast<std::uint64_t>(o.repeat) - 1;
  if (o.rng == SamplingRng::numpy && last_seed > std::numeric_limits<std::uint32_t>::max())
    throw UsageError(concat("numpy takes seeds below 2^32, got ", last_seed));
}

// A picture, from its superpixels to the model's answer.
struct SuperpixelExplainer::Study {
  int picture = 0;                          // in scores_
  std::optional<OcclusionWindows> windows;  // of occlusion, whose cells the superpixels then are
  Segments segments;
  Fill fill;
  Prediction prediction;
  int target = 0;
  std::vector<double> full, empty;  // (classes): the score of the picture, of the empty one
  ExplanationCost cost;
  double segmentation_seconds = 0, fill_seconds = 0, forward_seconds = 0;
  std::string error;  // why the picture has no explanation
};

// A picture's masks of one method, what the model says to them, and what that comes to.
struct SuperpixelExplainer::Job {
  Study* study = nullptr;
  std::string method;
  std::uint64_t seed = 0;
  ShapPlan plan;               // LIME: coalitions only
  std::vector<double> values;  // (rows, classes), of the first rows that the model was asked about
  std::vector<LimeResult> lime;        // (classes)
  std::vector<KernelShapResult> shap;  // (classes)
  int asked = 0;                       // masks, as many as were drawn unless there are not so many
  int rounds = 0;
  MaskedScores::Sharing sharing;  // of the last round
  ExplanationCost cost;
  double plan_seconds = 0, sharing_seconds = 0, forward_seconds = 0, weight_seconds = 0,
         solve_seconds = 0, repeat_seconds = 0;

  const std::vector<double>& attributions() const {
    const auto target = static_cast<std::size_t>(study->target);
    return lime.empty() ? shap[target].phi : lime[target].coefficients;
  }
  // Empty if the rows do not tell.
  const std::vector<double>& standard_errors() const {
    const auto target = static_cast<std::size_t>(study->target);
    return lime.empty() ? shap[target].standard_errors : lime[target].standard_errors;
  }
  // The largest standard error, of the largest attribution; infinite if the rows do not tell.
  double relative_error() const {
    if (standard_errors().empty() && !attributions().empty())
      return std::numeric_limits<double>::infinity();
    const double error = largest(standard_errors()), attribution = largest(attributions());
    return error > 0 ? error / attribution : 0;
  }
};

SuperpixelExplainer::SuperpixelExplainer(Stream& stream, const Model& model,
                                         const SuperpixelOptions& options)
    : stream_(stream),
      options_(options),
      scores_(stream, model, options.batch, options.colour, options.forward) {
  require(!options.colour || model.input().c == 3, "a picture in colour does not fit a model for ",
          model.input().to_string());
  check_superpixel_options(options);
  if (options.occlusion.window > 0 || options.occlusion.stride > 0)  // throws if they do not fit
    OcclusionWindows(model.input().h, model.input().w, options.occlusion);
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

void SuperpixelExplainer::require_fit(const Sample& sample) const {
  const ActivationShape& input = scores_.input();
  const std::size_t pixels = static_cast<std::size_t>(input.h) * static_cast<std::size_t>(input.w);
  require(sample.pixels.size() == (options_.colour ? 3 * pixels : pixels), "a picture of ",
          sample.pixels.size(), options_.colour ? " values" : " pixels",
          " does not fit a model for ", input.h, " x ", input.w,
          options_.colour ? " in colour" : "");
}

Segments SuperpixelExplainer::segments_of(const Sample& sample) const {
  const ActivationShape& input = scores_.input();
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
  const std::vector<float> fill = fill_picture(study.fill, picture, s.labels, s.count, s.height,
                                               s.width, options_.colour ? 3 : 1);
  scores_.place(study.picture, picture, fill, s.labels);
}

// The rows of all jobs that have no values yet: those that share layers by themselves, the others in
// common launches. A picture with a score that is not finite fails.
void SuperpixelExplainer::forward(const std::vector<Job*>& jobs, Score score) const {
  const ProfileScope scope(stream_, "forwards");
  const auto answered = [](Job& job, int rows, const std::vector<double>& values) {
    job.cost.forwards += rows;
    job.values.insert(job.values.end(), values.begin(), values.end());
    const auto bad = std::find_if(values.begin(), values.end(),
                                  [](double value) { return !std::isfinite(value); });
    if (bad != values.end())
      job.study->error = concat("a score of a masked picture is not finite (", *bad,
                                "); the model's weights may have diverged");
  };
  std::vector<Job*> asking;
  std::vector<Coalitions> new_rows;
  double rows = 0;
  for (Job* job : jobs) {
    Coalitions mine = job->plan.coalitions;
    const std::int64_t known = std::ssize(job->values) / scores_.classes();
    if (mine.rows == known) continue;
    mine.rows -= static_cast<int>(known);
    mine.bits = mine.bits.slice(known, mine.rows);
    CostMeter meter(stream_);
    const auto values = scores_.shared_scores({job->study->picture, &mine}, score, job->sharing);
    const ExplanationCost cost = meter.stop();
    job->cost.add(cost);
    job->sharing_seconds += job->sharing.seconds;
    job->forward_seconds += cost.seconds - job->sharing.seconds;
    if (values) {
      answered(*job, mine.rows, *values);
      continue;
    }
    asking.push_back(job);
    rows += mine.rows;
    new_rows.push_back(std::move(mine));
  }
  if (asking.empty()) return;
  std::vector<MaskedScores::Masks> masks;
  for (std::size_t i = 0; i < asking.size(); ++i)
    masks.push_back({asking[i]->study->picture, &new_rows[i]});
  CostMeter meter(stream_);
  const std::vector<std::vector<double>> values = scores_.scores(masks, score);
  const ExplanationCost cost = meter.stop();
  for (std::size_t i = 0; i < asking.size(); ++i) {
    Job& job = *asking[i];
    const double share = new_rows[i].rows / rows;
    job.cost.add(cost, share);
    job.cost.pictures = std::max(job.cost.pictures, static_cast<int>(masks.size()));
    job.forward_seconds += share * cost.seconds;
    answered(job, new_rows[i].rows, values[i]);
  }
}

// The whole picture and the empty one; logits, since the prediction is told in both scores.
void SuperpixelExplainer::predict(std::vector<Study>& studies) const {
  std::vector<Job> jobs(studies.size());
  std::vector<Job*> asking;
  for (Study& study : studies) {
    if (!study.error.empty()) continue;
    Job& job = jobs[asking.size()];
    asking.push_back(&job);
    job.study = &study;
    HostCoalitions ends(study.segments.count, 2);
    for (int j = 0; j < study.segments.count; ++j) ends.set(0, j);
    job.plan.coalitions = Coalitions::from_host(stream_, ends);
  }
  forward(asking, Score::logit);
  for (const Job* asked : asking) {
    const Job& job = *asked;
    Study& study = *job.study;
    study.cost.add(job.cost);
    study.forward_seconds = job.sharing_seconds + job.forward_seconds;
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

ShapPlan SuperpixelExplainer::plan_of(const Job& job, int samples) const {
  const int features = job.study->segments.count;
  if (job.study->windows) {
    ShapPlan plan;
    plan.coalitions = Coalitions::from_host(stream_, job.study->windows->masks());
    return plan;
  }
  if (job.method == "kernelshap")
    return shap_plan(stream_, features, {samples, options_.rng, job.seed, kKernelShapStream});
  if (samples == 0) samples = kLimeSamples;
  ShapPlan plan;
  plan.coalitions = options_.rng == SamplingRng::numpy
                        ? Coalitions::from_host(
                              stream_, lime_coalitions_numpy(features, samples,
                                                             static_cast<std::uint32_t>(job.seed))
                                           .coalitions)
                        : lime_coalitions(stream_, features, samples, {job.seed, kLimeStream});
  return plan;
}

// Draws `samples` masks (0: as many as usual); the values of rows that were there before stay.
void SuperpixelExplainer::plan(Job& job, int samples) const {
  job.asked = samples;
  job.plan_seconds += attempt("masks", job.study->error, job.cost, [&] {
    ShapPlan plan = plan_of(job, samples);
    if (!job.values.empty()) {
      const std::int64_t kept =
          common_rows(job.plan.coalitions.to_host(stream_), plan.coalitions.to_host(stream_));
      job.values.resize(static_cast<std::size_t>(kept * scores_.classes()));
    }
    job.plan = std::move(plan);
  });
}

void SuperpixelExplainer::fit(Job& job) const {
  attempt("solve", job.study->error, job.cost, [&] {
    StageClock clock(stream_);
    const Coalitions& coalitions = job.plan.coalitions;
    const bool is_lime = job.method == "lime";
    const Tensor weights = is_lime ? lime_weights(stream_, coalitions, options_.lime.kernel_width)
                                   : shap_weights(stream_, job.plan);
    job.weight_seconds += clock.lap();
    if (is_lime)
      job.lime =
          lime_fit(stream_, coalitions, weights, job.values, scores_.classes(), options_.lime);
    else
      job.shap = kernel_shap_fit(stream_, job.plan, weights, job.values, job.study->full,
                                 job.study->empty, options_.shap);
    job.solve_seconds += clock.lap();
  });
}

// Masks that a job should have, as the standard error falls with the root of their number; none if
// it has enough, or all that are allowed.
int SuperpixelExplainer::more_samples(const Job& job) const {
  const double excess = job.relative_error() / options_.until_se;
  const int rows = std::max(job.asked, job.plan.coalitions.rows);
  if (options_.until_se == 0 || excess <= 1 || rows >= options_.max_samples) return 0;
  // An estimate from few masks is not to be trusted far; a tenth more saves a round.
  const double factor = std::clamp(1.1 * excess * excess, 1.25, 4.0);
  return static_cast<int>(std::min<double>(std::ceil(factor * rows), options_.max_samples));
}

// Round after round, for those that are not sure enough yet.
void SuperpixelExplainer::answer(std::vector<Job*> jobs, int samples) const {
  for (Job* job : jobs) plan(*job, samples);
  while (!jobs.empty()) {
    std::erase_if(jobs, [](const Job* job) { return !job->study->error.empty(); });
    forward(jobs, options_.score);
    std::vector<Job*> unsure;
    for (Job* job : jobs) {
      fit(*job);
      ++job->rounds;
      const int more = job->study->error.empty() ? more_samples(*job) : 0;
      if (more == 0) continue;
      plan(*job, more);
      unsure.push_back(job);
    }
    jobs = std::move(unsure);
  }
}

// The same with the seeds that follow: how far they are apart. Null for a single run.
Json SuperpixelExplainer::repeat(Job& job) const {
  if (options_.repeat == 1) return nullptr;
  const ProfileScope scope(stream_, "repeat");
  std::vector<std::vector<double>> runs = {job.attributions()}, errors = {job.standard_errors()};
  for (int k = 1; k < options_.repeat && job.study->error.empty(); ++k) {
    Job other;
    other.study = job.study;
    other.method = job.method;
    other.seed = job.seed + static_cast<std::uint64_t>(k);
    plan(other, job.plan.coalitions.rows);
    if (job.study->error.empty()) forward({&other}, options_.score);
    fit(other);
    job.cost.add(other.cost);
    job.repeat_seconds += other.plan_seconds + other.sharing_seconds + other.forward_seconds +
                          other.weight_seconds + other.solve_seconds;
    if (!job.study->error.empty()) return nullptr;
    runs.push_back(other.attributions());
    errors.push_back(other.standard_errors());
  }
  return describe_repetitions(runs, errors);
}

// What all methods say, but for map and cost.
Explanation SuperpixelExplainer::start(const Job& job) const {
  const Study& study = *job.study;
  Explanation out;
  out.prediction = study.prediction;
  out.target = study.target;
  out.method = job.method;
  out.height = study.segments.height;
  out.width = study.segments.width;
  out.segments = study.segments.labels;
  out.details = {{"fill", to_string(study.fill)}, {"forward", describe_sharing(job.sharing)}};
  out.stages = {{"segmentation", study.segmentation_seconds},
                {"fill", study.fill_seconds},
                {"masks", job.plan_seconds},
                {"sharing", job.sharing_seconds},
                {"forwards", study.forward_seconds + job.forward_seconds}};
  return out;
}

Explanation SuperpixelExplainer::explanation_of(Job& job) const {
  const Study& study = *job.study;
  Explanation out = start(job);
  paint(out, job.attributions());
  out.attributions = job.attributions();
  out.standard_errors = job.standard_errors();
  const double error = job.relative_error();
  out.details.update({{"superpixels", describe_segmentation(options_, study.segments)},
                      {"samples", job.plan.coalitions.rows},
                      {"rng", rng_name(options_.rng)},
                      {"seed", options_.seed},
                      {"relative_error", std::isfinite(error) ? Json(error) : Json(nullptr)},
                      {"until_se", nullptr},
                      {"repeat", repeat(job)}});
  if (options_.until_se > 0)
    out.details["until_se"] = {
        {"wished", options_.until_se}, {"met", error <= options_.until_se}, {"rounds", job.rounds}};
  if (job.method == "lime") describe_lime(job, out);
  else describe_kernel_shap(job, out);
  out.caption += concat(", fill ", to_string(study.fill));
  out.stages.emplace_back("weights", job.weight_seconds);
  out.stages.emplace_back("solve", job.solve_seconds);
  if (options_.repeat > 1) out.stages.emplace_back("repeat", job.repeat_seconds);
  out.cost = job.cost;
  out.cost.add(study.cost);
  return out;
}

void SuperpixelExplainer::describe_lime(const Job& job, Explanation& out) const {
  out.title = "LIME";
  const LimeResult& result = job.lime[static_cast<std::size_t>(out.target)];
  out.caption = concat(masks_of(job.plan), ", R2 ", std::round(result.r2 * 1000) / 1000);
  Json classes = Json::array();
  for (const LimeResult& r : job.lime)
    classes.push_back({{"attributions", r.coefficients},
                       {"standard_errors", r.standard_errors},
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
}

void SuperpixelExplainer::describe_kernel_shap(const Job& job, Explanation& out) const {
  out.title = "Kernel SHAP";
  out.caption = concat(masks_of(job.plan), job.plan.exact ? " (all there are)" : "");
  Json classes = Json::array();
  for (const KernelShapResult& r : job.shap)
    classes.push_back({{"attributions", r.phi},
                       {"standard_errors", r.standard_errors},
                       {"base", r.base},
                       {"delta", r.delta},
                       {"selected", r.selected},
                       {"singular", r.singular},
                       {"too_few_rows", r.too_few_rows},
                       {"clipped", r.clipped}});
  out.details.update({{"enumerated", job.plan.enumerated},
                      {"exact", job.plan.exact},
                      {"l1", to_string(options_.shap.l1)},
                      {"link", std::string(to_string(options_.shap.link))},
                      {"classes", std::move(classes)}});
}

Explanation SuperpixelExplainer::occlusion_of(const Job& job) const {
  Explanation out = start(job);
  out.title = "Occlusion";
  const Study& study = *job.study;
  const OcclusionWindows& windows = *study.windows;
  StageClock clock(stream_);
  const auto classes = static_cast<std::size_t>(scores_.classes());
  Json of_classes = Json::array();
  for (std::size_t label = 0; label < classes; ++label) {
    std::vector<double> scores;
    for (std::size_t i = label; i < job.values.size(); i += classes)
      scores.push_back(job.values[i]);
    const std::vector<double> drops = windows.attributions(scores, study.full[label]);
    if (label == static_cast<std::size_t>(out.target)) paint(out, drops);
    of_classes.push_back({{"attributions", drops}, {"full", study.full[label]}});
  }
  out.stages.emplace_back("solve", clock.lap());
  out.segments.clear();  // cells are no regions of the picture
  out.caption =
      concat(plural(windows.count(), "window"), " of ", windows.window(), "x", windows.window(),
             " every ", windows.stride(), ", fill ", to_string(study.fill));
  out.details.update({{"window", windows.window()},
                      {"stride", windows.stride()},
                      {"windows", {windows.rows(), windows.columns()}},
                      {"classes", std::move(of_classes)}});
  out.cost = job.cost;
  out.cost.add(study.cost);
  return out;
}

void SuperpixelExplainer::explain_on(std::span<const Subject> subjects,
                                     const std::vector<std::string>& methods,
                                     std::vector<Explained>& out) {
  const bool occludes = methods.front() == kOcclusion;
  std::vector<Study> studies(subjects.size());
  scores_.reset(static_cast<int>(subjects.size()));
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    Study& study = studies[i];
    study.picture = static_cast<int>(i);
    study.error = out[i].error;
    study.fill = options_.fill;
    study.segmentation_seconds = attempt("segmentation", study.error, study.cost, [&] {
      const Sample& sample = *subjects[i].sample;
      require_fit(sample);
      if (!occludes) return void(study.segments = segments_of(sample));
      study.windows.emplace(scores_.input().h, scores_.input().w, options_.occlusion);
      study.segments = study.windows->cells();
      if (study.fill.kind == Fill::Kind::segment_mean) study.fill.kind = Fill::Kind::image_mean;
    });
    study.fill_seconds =
        attempt("fill", study.error, study.cost, [&] { place(study, *subjects[i].sample); });
  }
  predict(studies);
  for (Study& study : studies)
    attempt("prediction", study.error, study.cost, [&] {
      study.target = target_label(options_.target, study.prediction.predicted,
                                  subjects[static_cast<std::size_t>(study.picture)].truth);
    });

  for (const std::string& method : methods) {
    std::vector<Job> jobs(studies.size());
    std::vector<Job*> asking;
    for (std::size_t i = 0; i < studies.size(); ++i) {
      jobs[i].study = &studies[i];
      jobs[i].method = method;
      jobs[i].seed = options_.seed;
      if (studies[i].error.empty()) asking.push_back(&jobs[i]);
    }
    if (occludes) {
      for (Job* job : asking) plan(*job, 0);
      forward(asking, options_.score);
    } else {
      answer(asking, options_.samples);
    }
    for (Job* job : asking)
      if (job->study->error.empty())
        out[static_cast<std::size_t>(job->study->picture)].explanations.push_back(
            occludes ? occlusion_of(*job) : explanation_of(*job));
  }
  for (std::size_t i = 0; i < studies.size(); ++i)
    if (!studies[i].error.empty()) out[i] = {{}, studies[i].error};
}

std::vector<Explained> SuperpixelExplainer::explain(std::span<const Subject> subjects,
                                                    const std::vector<std::string>& methods) {
  std::vector<Explained> out(subjects.size());
  std::vector<std::string> on_superpixels, on_windows;
  for (const std::string& method : methods)
    (method == kOcclusion ? on_windows : on_superpixels).push_back(method);
  if (!on_superpixels.empty()) explain_on(subjects, on_superpixels, out);
  if (!on_windows.empty()) explain_on(subjects, on_windows, out);
  return out;
}

std::vector<Explanation> SuperpixelExplainer::explain(const Subject& subject,
                                                      const std::vector<std::string>& methods) {
  Explained one = std::move(explain({&subject, 1}, methods).front());
  require(one.error.empty(), one.error);
  return std::move(one.explanations);
}

}  // namespace pellucid
