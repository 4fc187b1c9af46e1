// superpixel_job.h: one method's work on one picture's superpixels, and what is told of it.
#pragma once

#include <memory>
#include <vector>

#include "explain/explanation.h"
#include "explain/surrogate/superpixel_method.h"

namespace pellucid {

// A picture's masks of one method, what the model says to them, and what that comes to.
struct SuperpixelJob {
  SuperpixelStudy* study = nullptr;
  const SuperpixelMethod* method = nullptr;
  std::uint64_t seed = 0;
  ShapPlan plan;
  std::vector<double> values;  // (rows, classes), of the first rows that the model was asked about
  std::unique_ptr<SuperpixelFit> fit;
  std::string error;  // why there is no explanation

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
