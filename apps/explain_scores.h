// explain_scores.h: how good the maps of an image are (--scores), as its record tells it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/explainers.h"
#include "explain/scores/map_scores.h"
#include "runtime/formats/json.h"

namespace pellucid {

// The share of pixels that count as a map's strongest where two maps are compared.
inline constexpr double kTopShare = 0.1;

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
  // The model must outlive it. options, methods: of the explanations, which --score-sensitivity and
  // --score-randomize make anew.
  ExplanationScorer(Stream& stream, const Model& model, const ExplainOptions& options,
                    const std::vector<std::string>& methods, bool colour);

  // explanations: the sample's, at least one.
  ImageScores scores(const Sample& sample, const std::vector<Explanation>& explanations);

 private:
  Explainers explainers(const Model& model, int target) const;

  Stream& stream_;
  const Model& model_;
  const ExplainOptions& options_;
  std::vector<std::string> methods_;
  bool colour_;
  MapScorer scorer_;
};

// The circle or mask of the sample's lesion.
std::optional<LesionArea> lesion_area(const Sample& sample, int height, int width);

}  // namespace pellucid
