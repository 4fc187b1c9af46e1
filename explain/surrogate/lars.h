// lars.h: least angle regression (Efron, Hastie, Johnstone & Tibshirani, Annals of Statistics 2004)
// on normal equations: all it needs of the data are XᵀX and Xᵀy.
//
// The settings that decide where a path ends are scikit-learn's (1.2), since lime and shap select
// features with its lars_path: an absolute end, a degenerate feature dropped for good, and in `lar`
// mode no new feature in the step after a coefficient changed its sign.
#pragma once

#include <vector>

namespace pellucid {

// XᵀX and Xᵀy.
struct NormalEquations {
  int features = 0;
  std::vector<double> gram;  // (features, features)
  std::vector<double> rhs;   // (features)

  double at(int i, int j) const {
    return gram[static_cast<std::size_t>(i) * static_cast<std::size_t>(features) +
                static_cast<std::size_t>(j)];
  }
};

struct LarsOptions {
  bool lasso = false;  // a coefficient that reaches 0 leaves the active set
  int max_steps = 500;
  double samples = 1;  // rows of X: the path ends where max |Xᵀr| / samples ≤ 2^-23
};

struct LarsPath {
  std::vector<int> active;                        // at the end, in the order of entering
  std::vector<std::vector<double>> coefficients;  // (steps + 1, features), from 0
};

LarsPath lars_path(const NormalEquations& equations, const LarsOptions& options);

// min_β |y − Xβ|² for `sum_squares` = yᵀy; features that depend on earlier ones are left out.
double least_residual(const NormalEquations& equations, double sum_squares);

}  // namespace pellucid
