// shap_l1.h: Kernel SHAP's choice of features before the solve, as shap makes it.
//
// A row (z, v − v_∅) of s features and its mirror image (z − 1, v − v_full) are both fitted without
// a constraint, with weights w·(M − s) and w·s. On these 2N rows, scaled by the roots of their
// weights:
//   num_features(k)   the active set after k steps of least angle regression
//   aic, bic          the step of the lasso path, on columns of unit variance and centred, with the
//                     smallest  RSS / σ² + factor · non-zeros,  factor = 2 or log(2N), where σ² is
//                     the residual variance of the fit with all features
#pragma once

#include <vector>

#include "explain/surrogate/kernel_shap.h"
#include "explain/surrogate/moments.h"

namespace pellucid {

class ShapSelection {
 public:
  // weights: (N) f64, on the device; targets: (N, D), v − v_∅; delta: (D). Copies rows and weights
  // to the host, which adds up the scaled columns.
  ShapSelection(Stream& stream, const Coalitions& coalitions, const Tensor& weights,
                const std::vector<double>& targets, const std::vector<double>& delta);

  // Ascending. Throws Error for Kind::none.
  std::vector<int> select(int d, const L1& l1) const;
  // Whether there are too few rows for σ².
  bool too_few_rows() const { return samples_ <= features_ + 1; }

 private:
  NormalEquations equations(int d) const;
  std::vector<int> by_criterion(int d, double factor) const;

  int features_, samples_;  // M, 2N
  std::vector<double> delta_;
  Moments rows_, mirrored_;          // of z with either weight
  std::vector<double> column_sums_;  // (M) of the scaled rows
  std::vector<double> target_sums_;  // (D)
};

}  // namespace pellucid
