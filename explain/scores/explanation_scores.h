// explanation_scores.h: how good the maps of an image are (--scores), as its record tells it.
#pragma once

#include <optional>
#include <vector>

#include "explain/explainers.h"
#include "explain/scores/map_scores.h"

namespace pellucid {

// The share of pixels that count as a map's strongest where two maps are compared.
inline constexpr double kTopShare = 0.1;

struct ScoreSettings {
  MapScoreOptions maps;  // score, colour and seed are the task's
  int sensitivity = 0;   // noisy copies for sensitivity-max (explain/scores/stability.h); 0: none
  bool randomize =
      false;  // whether to explain with weights drawn anew (explain/scores/randomization.h)

  // Bound to these fields.
  std::vector<Setting> settings();
  Json describe() const;
};

// What a record says of an image's maps.
struct ImageScores {
  // Of each explanation: "scores", "score_curves", "score_cost" (docs/explainers.md). A score that
  // is undefined or not asked for is null.
  std::vector<Json> explanations;
  // {"spearman": {"METHOD|METHOD": x, …}, "top_overlap": {…}}; null for a single method.
  Json agreement;
};

class ExplanationScorer {
 public:
  // All must outlive it. of_methods, task: of the explanations, which sensitivity-max and randomisation make
  // anew.
  ExplanationScorer(Stream& stream, const Model& model, const ScoreSettings& settings,
                    const MethodSettings& of_methods, const ExplainTask& task);

  // explanations: the sample's, at least one.
  ImageScores scores(const Sample& sample, const std::vector<Explanation>& explanations);

 private:
  // With the methods of the explanations, for the class that they explain.
  Explainers explainers(const Model& model, const std::vector<Explanation>& explanations) const;

  Stream& stream_;
  const Model& model_;
  const ScoreSettings& settings_;
  const MethodSettings& of_methods_;
  ExplainTask task_;
  MapScorer scorer_;
};

// How far maps of one picture agree, each pair of methods (ImageScores::agreement). Only method, map and
// `uniform` of the explanations are looked at.
Json agreement_of(const std::vector<Explanation>& explanations);

// The circle or mask of the sample's lesion.
std::optional<LesionArea> lesion_area(const Sample& sample, int height, int width);

}  // namespace pellucid
