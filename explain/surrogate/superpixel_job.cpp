#include "explain/surrogate/superpixel_job.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "explain/surrogate/standard_errors.h"
#include "nn/statistics/intervals.h"

namespace pellucid {
namespace {

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

// Each superpixel's pixels get its attribution; colours reach as far as the strongest one.
void paint(Explanation& out, const std::vector<double>& attributions) {
  float strongest = 0;
  for (const std::int32_t label : out.segments) {
    out.map.push_back(static_cast<float>(attributions[static_cast<std::size_t>(label)]));
    strongest = std::max(strongest, std::abs(out.map.back()));
  }
  for (const float value : out.map) out.shown.push_back(strongest > 0 ? value / strongest : 0.0f);
  out.is_signed = true;
  finish_map(out);
}

// How masks were drawn, and how sure that makes the attributions.
void describe_sampling(const SuperpixelOptions& options, const SuperpixelJob& job,
                       Explanation& out) {
  const double error = job.relative_error();
  out.details.update({{"superpixels", describe_segmentation(options, job.study->segments)},
                      {"samples", job.plan.coalitions.rows},
                      {"rng", rng_name(options.rng)},
                      {"seed", options.seed},
                      {"relative_error", std::isfinite(error) ? Json(error) : Json(nullptr)},
                      {"until_se", nullptr},
                      {"repeat", job.repeat}});
  if (options.until_se > 0)
    out.details["until_se"] = {
        {"wished", options.until_se}, {"met", error <= options.until_se}, {"rounds", job.rounds}};
}

}  // namespace

const std::vector<double>& SuperpixelJob::attributions() const {
  return fit->attributions(study->target);
}

const std::vector<double>& SuperpixelJob::standard_errors() const {
  return fit->standard_errors(study->target);
}

double SuperpixelJob::relative_error() const {
  if (standard_errors().empty() && !attributions().empty())
    return std::numeric_limits<double>::infinity();
  const double largest_error = largest(standard_errors()), attribution = largest(attributions());
  return largest_error > 0 ? largest_error / attribution : 0;
}

Json describe_repetitions(const std::vector<std::vector<double>>& runs,
                          const std::vector<std::vector<double>>& errors) {
  const double count = static_cast<double>(runs.size());
  std::vector<double> means, spreads;
  double inside = 0, intervals = 0;
  for (std::size_t j = 0; j < runs[0].size(); ++j) {
    // Of runs that are the same to the last bit, so is the mean.
    double mean = runs[0][j], squares = 0;
    for (const auto& run : runs) mean += (run[j] - runs[0][j]) / count;
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

Explanation explanation_of(const SuperpixelOptions& options, const SuperpixelJob& job) {
  const SuperpixelStudy& study = *job.study;
  Explanation out;
  out.prediction = study.prediction;
  out.target = study.target;
  out.method = job.method->method->name;
  out.title = job.method->method->title;
  out.height = study.segments.height;
  out.width = study.segments.width;
  out.segments = study.segments.labels;
  paint(out, job.attributions());
  out.attributions = job.attributions();
  out.standard_errors = job.standard_errors();
  out.details = {{"fill", to_string(study.fill)}, {"forward", describe_sharing(job.sharing)}};
  if (job.method->draws) describe_sampling(options, job, out);
  job.fit->describe(options, study, job.plan, out);
  out.caption += concat(", fill ", to_string(study.fill));
  if (options.until_se > 0 && job.method->draws && !(job.relative_error() <= options.until_se))
    out.warnings.push_back(concat("standard error above the wished ", options.until_se));
  out.stages = {{"segmentation", study.segmentation_seconds},
                {"fill", study.fill_seconds},
                {"masks", job.plan_seconds},
                {"sharing", job.sharing_seconds},
                {"forwards", study.forward_seconds + job.forward_seconds},
                {"weights", job.weight_seconds},
                {"solve", job.solve_seconds}};
  if (options.repeat > 1 && job.method->draws)
    out.stages.emplace_back("repeat", job.repeat_seconds);
  out.cost = job.cost;
  out.cost.add(study.cost);
  return out;
}

}  // namespace pellucid
