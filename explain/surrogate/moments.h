// moments.h: the sums over coalitions that every surrogate model is made of, and the solve, both on
// the stream's device (kernels/least_squares), with the small matrices between them on the host.
#pragma once

#include <vector>

#include "explain/masks/coalitions.h"
#include "explain/surrogate/lars.h"
#include "runtime/stream.h"

namespace pellucid {

struct Moments {
  int features = 0;            // M
  int columns = 0;             // D
  std::vector<double> gram;    // (M, M)  Σ w x_i x_j; its diagonal is Σ w x_i
  std::vector<double> rhs;     // (M, D)  Σ w x_i y_d
  double weight = 0;           // Σ w
  std::vector<double> sum_y;   // (D)     Σ w y_d
  std::vector<double> sum_yy;  // (D)     Σ w y_d²

  double at(int i, int j) const {
    return gram[static_cast<std::size_t>(i) * static_cast<std::size_t>(features) +
                static_cast<std::size_t>(j)];
  }
  double rhs_at(int i, int d) const {
    return rhs[static_cast<std::size_t>(i) * static_cast<std::size_t>(columns) +
               static_cast<std::size_t>(d)];
  }
};

// weights: (N) f64, on the device; targets: (N, D). N, M, D ≥ 1.
Moments weighted_moments(Stream& stream, const Coalitions& coalitions, const Tensor& weights,
                         const std::vector<double>& targets, int columns);

// A x = b for a symmetric A ≥ 0: (n, n), b: (n, D).
struct Solution {
  std::vector<double> x;  // (n, D)
  // A is not positive definite, so that there is no one solution. Then x solves
  // (A + 10^-8 · mean diagonal · I) x = b, which is the solution of least norm but for a relative
  // error of that order; x = 0 if even that fails (A = 0).
  bool singular = false;
};
Solution solve_symmetric(Stream& stream, const std::vector<double>& a, int n,
                         const std::vector<double>& b, int columns);

}  // namespace pellucid
