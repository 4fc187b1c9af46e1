#include "explain/surrogate/superpixel_explainer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "explain/masks/mersenne_twister.h"
#include "explain/stage_clock.h"
#include "explain/surrogate/superpixel_job.h"
#include "nn/autograd/functions.h"
#include "nn/graph/probabilities.h"
#include "runtime/error.h"
#include "runtime/profile.h"

namespace pellucid {
namespace {

constexpr int kMostPicturesAtOnce = 64;

// Rows that two plans begin with.
std::int64_t common_rows(const HostCoalitions& a, const HostCoalitions& b) {
  const auto end = std::mismatch(a.bits.begin(), a.bits.end(), b.bits.begin(), b.bits.end()).first;
  return a.words ? (end - a.bits.begin()) / a.words : 0;
}

}  // namespace

void check_superpixel_options(const SuperpixelOptions& o) {
  if (!(o.until_se >= 0) || o.max_samples < 1 || o.repeat < 1)
    throw UsageError(
        concat("the standard error must be at least 0, masks and repetitions at least "
               "1, got ",
               o.until_se, ", ", o.max_samples, " and ", o.repeat));
  if (o.shap.link == Link::logit && o.score == Score::logit)
    throw UsageError("the logit link is one of probabilities: choose --score probability");
  constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
  const std::uint64_t more = static_cast<std::uint64_t>(o.repeat) - 1;
  if (o.rng == SamplingRng::numpy && (o.seed > most || more > most - o.seed))
    throw UsageError(concat("numpy takes seeds below 2^32, got ", o.seed,
                            more > 0 ? concat(" and ", more, " more") : ""));
}

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
  const std::vector<float> picture = unit_values(sample.pixels);
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
      job.error = concat("a score of a masked picture is not finite (", *bad,
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
    if (scores_.may_share(mine)) {
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
    study.error = job.error;
    study.cost.add(job.cost);
    study.forward_seconds = job.sharing_seconds + job.forward_seconds;
    study.forward_seconds += attempt("prediction", study.error, study.cost, [&] {
      const int classes = scores_.classes();
      const std::vector<float> logits(job.values.begin(), job.values.end());
      const Tensor rows = Tensor::from_host(stream_, {2, classes}, logits);
      const std::vector<float> probabilities = host_probabilities(stream_, rows, scores_.outputs());
      Prediction& p = study.prediction;
      p.logits.assign(logits.begin(), logits.begin() + classes);
      if (!probabilities.empty())
        p.probabilities.assign(probabilities.begin(), probabilities.begin() + classes);
      p.predicted = predicted_class(p.logits, scores_.outputs());
      const std::vector<float>& scores = options_.score == Score::logit ? logits : probabilities;
      study.full.assign(scores.begin(), scores.begin() + classes);
      study.empty.assign(scores.begin() + classes, scores.end());
    });
  }
}

// Draws `samples` masks (0: as many as usual); the values of rows that were there before stay.
void SuperpixelExplainer::plan(Job& job, int samples) const {
  job.asked = samples;
  job.plan_seconds += attempt("masks", job.error, job.cost, [&] {
    ShapPlan plan = job.method->plan(stream_, options_, *job.study, samples, job.seed);
    if (options_.until_se > 0 && plan.coalitions.rows > options_.max_samples && job.method->draws)
      plan = job.method->plan(stream_, options_, *job.study, options_.max_samples, job.seed);
    if (!job.values.empty()) {
      const std::int64_t kept =
          common_rows(job.plan.coalitions.to_host(stream_), plan.coalitions.to_host(stream_));
      job.values.resize(static_cast<std::size_t>(kept * scores_.classes()));
    }
    job.plan = std::move(plan);
  });
}

void SuperpixelExplainer::fit(Job& job) const {
  attempt("solve", job.error, job.cost, [&] {
    StageClock clock(stream_);
    job.fit = job.method->fit(stream_, options_, *job.study, job.plan, job.values, clock,
                              job.weight_seconds);
    job.solve_seconds += clock.lap();
  });
}

// Masks that a job should have, as the standard error falls with the root of their number; none if
// it has enough, or all that are allowed.
int SuperpixelExplainer::more_samples(const Job& job) const {
  if (options_.until_se == 0 || !job.method->draws) return 0;
  const double excess = job.relative_error() / options_.until_se;
  const int rows = std::max(job.asked, job.plan.coalitions.rows);
  if (excess <= 1 || rows >= options_.max_samples) return 0;
  // An estimate from few masks is not to be trusted far; a tenth more saves a round.
  const double factor = std::clamp(1.1 * excess * excess, 1.25, 4.0);
  return static_cast<int>(std::min<double>(std::ceil(factor * rows), options_.max_samples));
}

// Round after round, for those that are not sure enough yet.
void SuperpixelExplainer::answer(std::vector<Job*> jobs, int samples) const {
  for (Job* job : jobs) plan(*job, samples);
  while (!jobs.empty()) {
    std::erase_if(jobs, [](const Job* job) { return !job->error.empty(); });
    forward(jobs, options_.score);
    std::vector<Job*> unsure;
    for (Job* job : jobs) {
      fit(*job);
      ++job->rounds;
      const int more = job->error.empty() ? more_samples(*job) : 0;
      if (more == 0) continue;
      plan(*job, more);
      unsure.push_back(job);
    }
    jobs = std::move(unsure);
  }
}

// The same with the seeds that follow: how far they are apart.
void SuperpixelExplainer::repeat(Job& job) const {
  if (options_.repeat == 1 || !job.method->draws) return;
  const ProfileScope scope(stream_, "repeat");
  std::vector<std::vector<double>> runs = {job.attributions()}, errors = {job.standard_errors()};
  for (int k = 1; k < options_.repeat && job.error.empty(); ++k) {
    Job other;
    other.study = job.study;
    other.method = job.method;
    other.seed = job.seed + static_cast<std::uint64_t>(k);
    plan(other, std::max(job.asked, job.plan.coalitions.rows));
    if (other.error.empty()) forward({&other}, options_.score);
    fit(other);
    job.cost.add(other.cost);
    job.repeat_seconds += other.plan_seconds + other.sharing_seconds + other.forward_seconds +
                          other.weight_seconds + other.solve_seconds;
    job.error = other.error;
    if (!job.error.empty()) return;
    runs.push_back(other.attributions());
    errors.push_back(other.standard_errors());
  }
  job.repeat = describe_repetitions(runs, errors);
}

void SuperpixelExplainer::explain_on(std::span<const Subject> subjects,
                                     const std::vector<const SuperpixelMethod*>& methods,
                                     std::vector<Explained>& out) {
  const bool on_windows = methods.front()->on_windows;
  std::vector<Study> studies(subjects.size());
  scores_.reset(static_cast<int>(subjects.size()));
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    Study& study = studies[i];
    study.picture = static_cast<int>(i);
    study.fill = options_.fill;
    study.segmentation_seconds = attempt("segmentation", study.error, study.cost, [&] {
      const Sample& sample = *subjects[i].sample;
      require_fit(sample);
      if (!on_windows) return void(study.segments = segments_of(sample));
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

  for (const SuperpixelMethod* method : methods) {
    std::vector<Job> jobs(studies.size());
    std::vector<Job*> asking;
    for (std::size_t i = 0; i < studies.size(); ++i) {
      jobs[i].study = &studies[i];
      jobs[i].method = method;
      jobs[i].seed = options_.seed;
      if (studies[i].error.empty()) asking.push_back(&jobs[i]);
    }
    answer(asking, options_.samples);
    for (Job* job : asking)
      if (job->error.empty()) repeat(*job);
    for (std::size_t i = 0; i < studies.size(); ++i) {
      const std::string& error = studies[i].error.empty() ? jobs[i].error : studies[i].error;
      if (error.empty()) out[i].explanations.push_back(explanation_of(options_, jobs[i]));
      else out[i].failures.push_back({std::string(method->method->name), error});
    }
  }
}

std::vector<Explained> SuperpixelExplainer::explain(std::span<const Subject> subjects,
                                                    const std::vector<std::string>& methods) {
  std::vector<Explained> out(subjects.size());
  std::vector<const SuperpixelMethod*> on_superpixels, on_windows;
  for (const std::string& name : methods) {
    const SuperpixelMethod& method = superpixel_method(name);
    (method.on_windows ? on_windows : on_superpixels).push_back(&method);
  }
  if (!on_superpixels.empty()) explain_on(subjects, on_superpixels, out);
  if (!on_windows.empty()) explain_on(subjects, on_windows, out);
  return out;
}

std::vector<Explanation> SuperpixelExplainer::explain(const Subject& subject,
                                                      const std::vector<std::string>& methods) {
  Explained one = std::move(explain({&subject, 1}, methods).front());
  if (!one.failures.empty()) fail(one.failures.front().message);
  return std::move(one.explanations);
}

}  // namespace pellucid
