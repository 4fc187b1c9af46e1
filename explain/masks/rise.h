// rise.h: RISE (Petsiuk, Das & Saenko, BMVC 2018): what the model says of a picture under random masks.
//
//   map = 1 / (N·p) · Σ_n score(x ∘ M_n) · M_n       eq. 6; M_n: kernels/mask/rise_masks.h
//
// x ∘ M_n is the picture darkened towards 0, black. The map estimates the mean score over masks that show
// a pixel; its values are in units of the score, and only their differences say where the model looks.
#pragma once

#include <optional>

#include "explain/explanation.h"
#include "explain/target.h"
#include "kernels/mask/rise_masks.h"
#include "nn/data/dataset.h"
#include "nn/plan/plan.h"

namespace pellucid {

inline constexpr std::uint64_t kRiseStream = 0x5249534500000000;  // "RISE"

struct RiseOptions : ExplainTask {
  int samples = 4000;        // N, ≥ 1
  int grid = 7;              // s: cells a side of a mask, 1 … 32
  double probability = 0.5;  // p: a cell is on, above 0 and at most 1; to fp32
};

class Rise {
 public:
  // The model must outlive it. Throws UsageError for settings out of range.
  Rise(Stream& stream, const Model& model, const RiseOptions& options);

  // Throws Error if the picture does not fit the model or a score is not finite.
  Explanation explain(const Sample& sample, const std::optional<int>& truth) const;

 private:
  Tensor picture_of(const Sample& sample) const;
  std::vector<float> scores(const Tensor& masked, int first, int label) const;

  Stream& stream_;
  RiseOptions options_;
  Plan plan_;
};

}  // namespace pellucid
