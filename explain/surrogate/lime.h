// lime.h: LIME's surrogate (Ribeiro, Singh & Guestrin, KDD 2016): a weighted ridge regression of
// the model's values on which superpixels were present, as the package `lime` fits it to images.
//
//   distance    d_n = 1 − √(k_n / M), k_n of the M features present (1 − cosine to the full row)
//   weight      w_n = exp(−d_n² / (2·width²))
//   selection   a few features, or all
//   surrogate   min_{β, b} Σ w_n (y_n − b − βᵀz_n)² + α |β|²
//
// One pass over the rows gives the sums for all classes; what follows works on them.
#pragma once

#include <string_view>
#include <vector>

#include "explain/masks/coalitions.h"
#include "runtime/stream.h"

namespace pellucid {

enum class Selection {
  automatic,          // forward_selection for up to 6 features, else highest_weights
  none,               // all features
  forward_selection,  // greedily by weighted R² of a least-squares fit
  highest_weights,    // largest |β| of a ridge fit with α = 0.01
  lasso_path,         // the longest lasso path's end with few enough features
};

std::string_view to_string(Selection selection);
// "auto", "none", … Throws UsageError on another name.
Selection parse_selection(std::string_view name);

inline constexpr int kLimeSamples = 1000;  // masks, unless told otherwise

// Below so many rows an unknown, intervals of standard errors hold less than they promise (measured on M = 25
// and N = 1000: of 95 % 93.5 at 10 rows an unknown, 89 at 1.7, 84 at 0.14).
inline constexpr double kRowsAnUnknown = 3;

struct LimeOptions {
  double kernel_width = 0.25;  // > 0; of lime_weights
  double alpha = 1;            // ≥ 0, against unnormalised weights
  int num_features = 0;        // 0: all
  Selection selection = Selection::automatic;
};

// Of one class. Never NaN.
struct LimeResult {
  std::vector<double> coefficients;  // (M), 0 where not selected
  double intercept = 0;
  double r2 = 0;                // weighted; 1 for a constant model
  double local_prediction = 0;  // of row 0
  std::vector<int> selected;    // by |β|, the largest first
  // (M), of the coefficients, given what was selected (0 for the others): explain/surrogate/standard_errors.h,
  // against ever more masks with α growing as their number. Empty where the rows do not tell: too
  // few, singular, or effective_rows of at most kRowsAnUnknown a feature selected.
  std::vector<double> standard_errors;
  double effective_rows = 0;  // (Σ w)² / Σ w²: a narrow kernel leaves few of the rows a say

  bool singular = false;      // α = 0 and the features selected depend on each other: least norm
  bool too_few_rows = false;  // fewer rows than unknowns, so α alone decides between fits
  bool constant = false;      // the model gave every row the same value: β = 0
};

// w for k = 0 … M. Throws Error unless kernel_width > 0.
std::vector<double> lime_weight_table(int features, double kernel_width);
// w_n of each row, (N) f64, on the device.
Tensor lime_weights(Stream& stream, const Coalitions& coalitions, double kernel_width);

// weights: (N) f64; values: (N, classes), row-major, row 0 the image itself. Throws Error for a
// value that is not finite, sizes that do not fit, a row 0 without all features, or options out of
// range.
std::vector<LimeResult> lime_fit(Stream& stream, const Coalitions& coalitions,
                                 const Tensor& weights, const std::vector<double>& values,
                                 int classes, const LimeOptions& options = {});

}  // namespace pellucid
