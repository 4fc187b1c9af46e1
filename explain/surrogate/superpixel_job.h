// superpixel_job.h: one method's work on one picture's superpixels, and what is told of it.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "explain/explanation.h"
#include "explain/surrogate/superpixel_explainer.h"

namespace pellucid {

// A picture, from its superpixels to the model's answer: what the methods on the same superpixels share.
struct SuperpixelStudy {
  int picture = 0;                          // of MaskedScores
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
struct SuperpixelJob {
  SuperpixelStudy* study = nullptr;
  std::string method;
  std::uint64_t seed = 0;
  ShapPlan plan;               // of Kernel SHAP; of the others the coalitions only
  std::vector<double> values;  // (rows, classes), of the first rows that the model was asked about
  // (classes), of the job's method
  std::vector<LimeResult> lime;
  std::vector<KernelShapResult> shap;
  std::vector<std::vector<double>> occlusion;

  int asked = 0;  // masks, as many as were drawn unless there are not so many; 0: as many as usual
  int rounds = 0;
  Json repeat;                    // null, or how far other seeds are apart
  MaskedScores::Sharing sharing;  // of the last round
  ExplanationCost cost;
  double plan_seconds = 0, sharing_seconds = 0, forward_seconds = 0, weight_seconds = 0,
         solve_seconds = 0, repeat_seconds = 0;

  // Of the class explained.
  const std::vector<double>& attributions() const;
  // Empty if the rows do not tell.
  const std::vector<double>& standard_errors() const;
  // The largest standard error, of the largest attribution; infinite if the rows do not tell.
  double relative_error() const;
};

// How far repetitions are apart. runs, errors: of each, at least two, a value a superpixel; errors may
// be empty. Keys: count; mean and spread (standard deviation) of each superpixel; intervals_with_mean,
// the share of the intervals ± 1.96 errors that hold the mean, null without errors.
Json describe_repetitions(const std::vector<std::vector<double>>& runs,
                          const std::vector<std::vector<double>>& errors);

Explanation explanation_of(const SuperpixelOptions& options, const SuperpixelJob& job);

}  // namespace pellucid
