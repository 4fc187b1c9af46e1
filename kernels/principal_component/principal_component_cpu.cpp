// cpu: a matrix after the other; the covariance's rows in parallel.
#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/principal_component/principal_component.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
namespace {

// Returns share and residual.
std::pair<double, double> power_iteration(const double* covariance, int k, double* v, double* u) {
  double trace = 0;
  for (std::int64_t j = 0; j < k; ++j) {
    trace += covariance[j * k + j];
    v[j] = principal_start(static_cast<int>(j));
  }
  if (!(trace > 0)) {
    std::fill(v, v + k, 0.0);
    return {0, 0};
  }
  double value = 0, sine2 = 1;
  for (int step = 0; step <= kPrincipalSteps; ++step) {
    double vv = 0, vu = 0, uu = 0;
    for (std::int64_t j = 0; j < k; ++j) {
      double sum = 0;
      for (std::int64_t i = 0; i < k; ++i) sum += covariance[j * k + i] * v[i];
      u[j] = sum;
      vv += v[j] * v[j];
      vu += v[j] * sum;
      uu += sum * sum;
    }
    value = vu / vv;
    sine2 = uu > 0 ? std::max(0.0, 1 - vu * vu / (vv * uu)) : 0;
    const double norm = std::sqrt(uu);
    for (int j = 0; j < k; ++j) v[j] = uu > 0 ? u[j] / norm : 0;
    if (sine2 <= kPrincipalTolerance) break;
  }
  return {std::min(1.0, value / trace), std::sqrt(sine2)};
}

void one_matrix(const PrincipalComponentArgs& a, int n) {
  const std::int64_t k = a.k;
  const float* x = a.x + std::int64_t{n} * a.p * k;
  double* covariance = a.covariance + n * k * k;
  double *mean = a.work + 3 * n * k, *v = mean + k, *u = v + k;
  std::fill(mean, mean + k, 0.0);
  for (int p = 0; p < a.p; ++p)
    for (int j = 0; j < a.k; ++j) mean[j] += double{x[p * k + j]} - x[j];
  for (int j = 0; j < a.k; ++j) mean[j] /= a.p;

  std::vector<double> centred(static_cast<std::size_t>(a.p * k));
  for (int p = 0; p < a.p; ++p)
    for (int j = 0; j < a.k; ++j)
      centred[static_cast<std::size_t>(p * k + j)] = (double{x[p * k + j]} - x[j]) - mean[j];
#pragma omp parallel for if (a.p * k * k >= 65536)
  for (int i = 0; i < a.k; ++i) {
    double* row = covariance + i * k;
    std::fill(row, row + k, 0.0);
    for (int p = 0; p < a.p; ++p) {
      const double* values = centred.data() + p * k;
      for (int j = 0; j < a.k; ++j) row[j] += values[i] * values[j];
    }
  }

  const auto [share, residual] = power_iteration(covariance, a.k, v, u);
  float* projection = a.projection + std::int64_t{n} * a.p;
  for (int p = 0; p < a.p; ++p) {
    double sum = 0;
    for (int j = 0; j < a.k; ++j) sum += centred[static_cast<std::size_t>(p * k + j)] * v[j];
    projection[p] = static_cast<float>(sum);
  }
  const auto [low, high] = std::minmax_element(projection, projection + a.p);
  const float sign = -*low > *high ? -1.0f : 1.0f;
  for (int p = 0; p < a.p; ++p) projection[p] *= sign;
  for (int j = 0; j < a.k; ++j) a.axis[n * k + j] = sign * static_cast<float>(v[j]);
  a.share[n] = static_cast<float>(share);
  a.residual[n] = static_cast<float>(residual);
}

}  // namespace

void principal_component(Stream& stream, const PrincipalComponentArgs& a) {
  const LaunchScope scope(stream,
                          {"principal_component_cpu", {}, {}, 0, principal_component_cost(a)});
  for (int n = 0; n < a.n; ++n) one_matrix(a, n);
}

}  // namespace pellucid::cpu
