#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/principal_component/principal_component.h"

namespace pellucid {
namespace {

using Matrix = std::vector<double>;  // (k, k)

// Rotates a until it is diagonal; the columns of the returned matrix are its eigenvectors.
Matrix jacobi(Matrix& a, int k) {
  const auto at = [k](int row, int column) {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(k) +
           static_cast<std::size_t>(column);
  };
  Matrix v(a.size());
  for (int i = 0; i < k; ++i) v[at(i, i)] = 1;
  for (int sweep = 0; sweep < 100; ++sweep) {
    double off = 0, diagonal = 0;
    for (int i = 0; i < k; ++i)
      for (int j = 0; j < k; ++j) (i == j ? diagonal : off) += a[at(i, j)] * a[at(i, j)];
    if (off <= 1e-30 * diagonal) break;
    for (int i = 0; i < k; ++i)
      for (int j = i + 1; j < k; ++j) {
        if (a[at(i, j)] == 0) continue;
        const double theta = (a[at(j, j)] - a[at(i, i)]) / (2 * a[at(i, j)]);
        const double t = (theta < 0 ? -1 : 1) / (std::abs(theta) + std::hypot(theta, 1));
        const double c = 1 / std::hypot(t, 1), s = t * c;
        for (int m = 0; m < k; ++m) {
          const double left = a[at(m, i)], right = a[at(m, j)];
          a[at(m, i)] = c * left - s * right;
          a[at(m, j)] = s * left + c * right;
        }
        for (int m = 0; m < k; ++m) {
          const double top = a[at(i, m)], bottom = a[at(j, m)];
          a[at(i, m)] = c * top - s * bottom;
          a[at(j, m)] = s * top + c * bottom;
          const double left = v[at(m, i)], right = v[at(m, j)];
          v[at(m, i)] = c * left - s * right;
          v[at(m, j)] = s * left + c * right;
        }
      }
  }
  return v;
}

void one_matrix(const PrincipalComponentArgs& a, int n) {
  const std::int64_t k = a.k;
  const float* x = a.x + std::int64_t{n} * a.p * k;
  double* covariance = a.covariance + n * k * k;
  float* axis = a.axis + n * k;
  float* projection = a.projection + std::int64_t{n} * a.p;
  std::vector<double> centred(x, x + a.p * k);
  for (int j = 0; j < a.k; ++j) {
    double mean = 0;
    for (int p = 0; p < a.p; ++p) mean += double{x[p * k + j]} - x[j];
    for (int p = 0; p < a.p; ++p)
      centred[static_cast<std::size_t>(p * k + j)] = (double{x[p * k + j]} - x[j]) - mean / a.p;
  }
  for (int i = 0; i < a.k; ++i)
    for (int j = 0; j < a.k; ++j) {
      double sum = 0;
      for (int p = 0; p < a.p; ++p)
        sum += centred[static_cast<std::size_t>(p * k + i)] *
               centred[static_cast<std::size_t>(p * k + j)];
      covariance[i * k + j] = sum;
    }

  Matrix rotated(covariance, covariance + k * k);
  const Matrix vectors = jacobi(rotated, a.k);
  double total = 0, greatest = 0;
  int first = 0;
  for (int i = 0; i < a.k; ++i) {
    const double value = rotated[static_cast<std::size_t>(i * k + i)];
    total += value;
    if (value > greatest) {
      greatest = value;
      first = i;
    }
  }
  const double scale = greatest > 0 ? 1 : 0;
  std::vector<double> exact;
  for (int p = 0; p < a.p; ++p) {
    double sum = 0;
    for (int j = 0; j < a.k; ++j)
      sum += scale * vectors[static_cast<std::size_t>(j * k + first)] *
             centred[static_cast<std::size_t>(p * k + j)];
    exact.push_back(sum);
  }
  const auto [low, high] = std::minmax_element(exact.begin(), exact.end());
  const double sign = -*low > *high ? -1 : 1;
  for (int j = 0; j < a.k; ++j)
    axis[j] = static_cast<float>(sign * scale * vectors[static_cast<std::size_t>(j * k + first)]);
  for (int p = 0; p < a.p; ++p)
    projection[p] = static_cast<float>(sign * exact[static_cast<std::size_t>(p)]);
  a.share[n] = static_cast<float>(total > 0 ? greatest / total : 0);
  a.residual[n] = 0;
}

}  // namespace

void principal_component_reference(const PrincipalComponentArgs& a) {
  for (int n = 0; n < a.n; ++n) one_matrix(a, n);
}

}  // namespace pellucid
