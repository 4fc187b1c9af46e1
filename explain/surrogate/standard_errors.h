// standard_errors.h: how far attributions may lie from what ever more masks would give.
//
// A surrogate solves A β = Σ_t ψ_t + (what was not drawn at random), a sum over T independent draws of
// masks. What it cannot follow, its residual, is no noise of constant size but depends on the mask, so
// that the spread is read off the draws themselves (Huber, Berkeley Symposium 1967; White,
// Econometrica 48, 1980), with MacKinnon & White's correction for small T (HC1, J. Econometrics 29,
// 1985), ψ taken at the solution, without what β itself explains:
//
//   Cov β ≈ T / (T − n) · A⁻¹ (Σ_t ψ_t ψ_tᵀ − T ψ̄ ψ̄ᵀ) A⁻¹
//
// Both ends of β ± 1.96 · SE then hold the value of ever more masks between them in some 95 % of runs.
#pragma once

#include <vector>

#include "explain/masks/coalitions.h"
#include "runtime/stream.h"

namespace pellucid {

// What the draws of one fit of n unknowns were like.
struct DrawSpread {
  std::vector<double> squares;  // (n, n)  Σ_t ψ_t ψ_tᵀ
  std::vector<double> sum;      // (n)     Σ_t ψ_t
  double draws = 0;             // T
};

class Sandwich {
 public:
  // a: (n, n), symmetric.
  Sandwich(Stream& stream, const std::vector<double>& a, int n);

  // (n, n); empty where it cannot be told: T ≤ n, or a singular A.
  std::vector<double> covariance(const DrawSpread& spread) const;

 private:
  int n_;
  std::vector<double> inverse_;  // empty if A is singular
};

// Σ_j β_j z_nj of every row, (N).
std::vector<double> predictions(const HostCoalitions& coalitions, const std::vector<double>& beta);

// √ of the diagonal of a covariance (n, n).
std::vector<double> standard_errors_of(const std::vector<double>& covariance, int n);

}  // namespace pellucid
