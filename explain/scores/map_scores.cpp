#include "explain/scores/map_scores.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "explain/scores/concentration.h"
#include "runtime/error.h"
#include "runtime/parallel.h"
#include "runtime/profile.h"

namespace pellucid {
namespace {

constexpr std::size_t kRoadSteps = kRoadPercentages.size();

void check_finite(const char* what, double value) {
  require(std::isfinite(value), "scores: ", what, " is not finite (", value,
          "); the model's weights may have diverged");
}

// Of one map, in this order.
std::size_t pictures_a_map() { return 1 + kRoadSteps; }

// All pixels of one "superpixel", of which the mask of row 0 shows the image and that of row 1 the
// fill: two pictures with one label image. `features` as the masks that share the launch have.
HostCoalitions image_and_fill(int features) {
  HostCoalitions masks(features, 2);
  for (int feature = 0; feature < features; ++feature) masks.set(0, feature);
  return masks;
}

MapScores static_scores(const Explanation& e, const LesionArea* lesion) {
  MapScores out;
  out.sparseness = sparseness(e.map);
  out.complexity = complexity(e.map);
  if (!lesion) return out;
  out.pointing_game = points_into(e, *lesion);
  if (e.uniform) return out;
  out.mass_accuracy = mass_accuracy(e.map, *lesion);
  out.rank_accuracy = rank_accuracy(e.map, *lesion);
  return out;
}

}  // namespace

// A map that is not uniform.
struct MapScorer::Job {
  std::size_t explanation;
  int target;
  PerturbationSteps steps;
  std::array<std::vector<std::int32_t>, 2> orders;  // by Relevance
  std::vector<double> curve_scores;                 // of perturbation_masks' rows
  std::array<std::vector<double>, 2> road_scores;   // by Relevance
};

void check_baseline(const Fill& baseline) {
  if (baseline.kind == Fill::Kind::segment_mean)
    throw UsageError(
        "the baseline of scores cannot be segment-mean: pixels change one by one (known: black, "
        "image-mean, a grey level from 0 to 1, blur(S))");
}

MapScorer::MapScorer(Stream& stream, const Model& model, const MapScoreOptions& options)
    : stream_(stream), options_(options), scores_(stream, model, 0, options.colour) {
  check_baseline(options.baseline);
}

std::vector<MapScorer::Job> MapScorer::jobs_of(std::span<const Explanation> explanations) const {
  std::vector<Job> jobs;
  for (std::size_t i = 0; i < explanations.size(); ++i) {
    const Explanation& e = explanations[i];
    for (const float value : e.map) check_finite("a value of a map", value);
    if (!e.uniform) jobs.push_back({i, e.target, {}, {}, {}, {}});
  }
  parallel_for(jobs.size(), [&](std::size_t i) {
    const std::vector<float>& map = explanations[jobs[i].explanation].map;
    for (const Relevance order : {Relevance::most_first, Relevance::least_first})
      jobs[i].orders[static_cast<std::size_t>(order)] = ranking(map, order);
    jobs[i].steps = perturbation_steps(
        jobs[i].orders[static_cast<std::size_t>(Relevance::most_first)], options_.steps);
  });
  return jobs;
}

// Of each map, picture and baseline with its steps as labels, then for each percentage the picture
// without the most and without the least relevant pixels.
void MapScorer::place(const std::vector<float>& picture, const std::vector<Job>& jobs) {
  const ProfileScope scope(stream_, "ROAD");
  const ActivationShape& input = scores_.input();
  const int channels = options_.colour ? input.c : 1;
  const std::vector<std::int32_t> one_label(picture.size() / static_cast<std::size_t>(channels));
  const std::vector<float> baseline =
      fill_picture(options_.baseline, picture, one_label, 1, input.h, input.w, channels);
  std::array<std::vector<double>, kRoadSteps> noise;
  parallel_for(kRoadSteps, [&](std::size_t step) {
    noise[step] = road_noise(picture.size(), kRoadPercentages[step], options_.seed);
  });
  std::vector<std::vector<float>> imputed(2 * kRoadSteps * jobs.size());
  parallel_for(imputed.size(), [&](std::size_t i) {
    // The largest systems first, so that no thread is left with one of them at the end.
    const std::size_t job = i / 2 % jobs.size(), order = i % 2;
    const std::size_t step = kRoadSteps - 1 - i / 2 / jobs.size();
    const std::vector<std::uint8_t> removed =
        removed_pixels(jobs[job].orders[order], kRoadPercentages[step]);
    imputed[(job * kRoadSteps + step) * 2 + order] =
        road_picture(picture, removed, noise[step], input.h, input.w, channels);
  });
  scores_.reset(static_cast<int>(pictures_a_map() * jobs.size()));
  int next = 0;
  for (std::size_t job = 0; job < jobs.size(); ++job) {
    scores_.place(next++, picture, baseline, jobs[job].steps.labels);
    for (std::size_t step = 0; step < kRoadSteps; ++step) {
      const std::size_t most_first = (job * kRoadSteps + step) * 2;
      scores_.place(next++, imputed[most_first], imputed[most_first + 1], one_label);
    }
  }
}

void MapScorer::forward(std::vector<Job>& jobs) const {
  const ProfileScope scope(stream_, "perturbed pictures");
  const int steps = jobs.front().steps.count;  // all maps have the picture's size
  const Coalitions curve = Coalitions::from_host(stream_, perturbation_masks(steps));
  const Coalitions road = Coalitions::from_host(stream_, image_and_fill(steps));
  std::vector<MaskedScores::Masks> masks;
  for (std::size_t i = 0; i < pictures_a_map() * jobs.size(); ++i)
    masks.push_back({static_cast<int>(i), i % pictures_a_map() == 0 ? &curve : &road});
  const std::vector<std::vector<double>> values = scores_.scores(masks, options_.score);
  const auto classes = static_cast<std::size_t>(scores_.classes());
  for (std::size_t i = 0; i < values.size(); ++i) {
    Job& job = jobs[i / pictures_a_map()];
    for (std::size_t row = 0; row < values[i].size() / classes; ++row) {
      const double value = values[i][row * classes + static_cast<std::size_t>(job.target)];
      check_finite("a score of a perturbed picture", value);
      if (i % pictures_a_map() == 0) job.curve_scores.push_back(value);
      else job.road_scores[row].push_back(value);
    }
  }
}

std::vector<MapScores> MapScorer::scores(const Sample& sample,
                                         std::span<const Explanation> explanations,
                                         const LesionArea* lesion) {
  const ProfileScope scope(stream_, "scores");
  const auto start = std::chrono::steady_clock::now();
  std::vector<MapScores> out(explanations.size());
  std::vector<Job> jobs = jobs_of(explanations);
  parallel_for(out.size(), [&](std::size_t i) { out[i] = static_scores(explanations[i], lesion); });
  if (!jobs.empty()) {
    place(unit_values(sample.pixels), jobs);
    forward(jobs);
  }
  for (Job& job : jobs) {
    MapScores& scores = out[job.explanation];
    scores.forwards = static_cast<int>(job.curve_scores.size() + 2 * kRoadSteps);
    scores.curves = perturbation_curves(job.steps, job.curve_scores);
    scores.road = road_curves(std::move(job.road_scores[0]), std::move(job.road_scores[1]),
                              scores.curves->deletion.front());
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  for (MapScores& scores : out) scores.seconds = seconds / static_cast<double>(out.size());
  return out;
}

}  // namespace pellucid
