// map_scores.h: how good a picture's maps are, all together.
//
// The perturbed pictures of all maps, for deletion, insertion and ROAD, go through the model in one
// launch (explain/masks/masked_scores.h).
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "explain/explanation.h"
#include "explain/localisation.h"
#include "explain/masks/fill.h"
#include "explain/masks/masked_scores.h"
#include "explain/scores/perturbation_curves.h"
#include "explain/scores/road.h"
#include "nn/data/dataset.h"

namespace pellucid {

struct MapScoreOptions {
  int steps = 20;                             // of the perturbation curves, 1 … kMaxFeatures
  Fill baseline = {Fill::Kind::constant, 0};  // not segment_mean
  Score score = Score::logit;                 // whose the curves are
  bool colour = false;                        // pictures are (h, w, 3)
  std::uint64_t seed = 0;                     // of ROAD's noise
};

// Throws UsageError for a baseline that a single pixel does not have.
void check_baseline(const Fill& baseline);

// What is undefined is nothing: curves and localisation of a uniform map, localisation without a
// lesion, sparseness and complexity of a map of zeros.
struct MapScores {
  std::optional<PerturbationCurves> curves;
  std::optional<RoadCurves> road;
  std::optional<bool> pointing_game;
  std::optional<double> mass_accuracy, rank_accuracy;
  std::optional<double> sparseness, complexity;
  double seconds = 0;  // this map's share of the picture's
  int forwards = 0;    // perturbed pictures that the model saw
};

class MapScorer {
 public:
  // The model must outlive it.
  MapScorer(Stream& stream, const Model& model, const MapScoreOptions& options);

  // Of maps of one picture. lesion: null where it is not known. Throws Error if a map or a score is
  // not finite. A map's scores do not depend on the others.
  std::vector<MapScores> scores(const Sample& sample, std::span<const Explanation> explanations,
                                const LesionArea* lesion);

 private:
  struct Job;
  std::vector<Job> jobs_of(std::span<const Explanation> explanations) const;
  void place(const std::vector<float>& picture, const std::vector<Job>& jobs);
  void forward(std::vector<Job>& jobs) const;

  Stream& stream_;
  MapScoreOptions options_;
  MaskedScores scores_;
};

}  // namespace pellucid
