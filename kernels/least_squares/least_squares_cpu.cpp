// cpu: the sums over the rows add a row of weighted columns to the sums of each feature that is
// present, a feature a thread; the solve takes a column of L at a time out of what is right
// of it.
#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/least_squares/least_squares.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
namespace {

// Weighted columns held at a time, so that they stay in cache while every feature passes over them.
constexpr std::int64_t kSlabElements = 32768;

struct Sums {
  int count;                   // M + 1 + 2D: features, weight, targets, their squares
  std::vector<double> values;  // (M + 1, count); row M belongs to all rows
  double* row(int i) { return values.data() + std::size_t(i) * std::size_t(count); }
};

bool present(const WeightedGramArgs& a, std::int64_t n, int j) {
  const int words = (a.features + 31) / 32;
  return a.bits[n * words + j / 32] >> j % 32 & 1u;
}

void fill_columns(const WeightedGramArgs& a, std::int64_t n, double* out) {
  const double w = a.weights[n];
  for (int j = 0; j < a.features; ++j) out[j] = present(a, n, j) ? w : 0;
  out += a.features;
  *out++ = w;
  const double* y = a.targets + n * a.columns;
  for (int d = 0; d < a.columns; ++d) {
    out[d] = w * y[d];
    out[a.columns + d] = w * y[d] * y[d];
  }
}

}  // namespace

void weighted_gram(Stream& stream, const WeightedGramArgs& a) {
  const LaunchScope scope(stream, {"weighted_gram_cpu", {}, {}, 0, weighted_gram_cost(a)});
  const int m = a.features, columns = a.columns, count = m + 1 + 2 * columns;
  Sums sums{count, std::vector<double>(std::size_t(m + 1) * std::size_t(count))};
  const std::int64_t slab_rows =
      std::min(a.rows, std::max(std::int64_t{16}, kSlabElements / count));
  std::vector<double> slab(std::size_t(slab_rows) * std::size_t(count));
  for (std::int64_t first = 0; first < a.rows; first += slab_rows) {
    const std::int64_t rows = std::min(slab_rows, a.rows - first);
    for (std::int64_t r = 0; r < rows; ++r) fill_columns(a, first + r, slab.data() + r * count);
#pragma omp parallel for schedule(static, 4) if (m >= 32)
    for (int i = 0; i <= m; ++i) {
      double* sum = sums.row(i);
      for (std::int64_t r = 0; r < rows; ++r) {
        if (i < m && !present(a, first + r, i)) continue;
        const double* column = slab.data() + r * count;
        for (int q = i; q < count; ++q) sum[q] += column[q];  // the rest is a mirror image
      }
    }
  }
  for (int i = 0; i < m; ++i) {
    const double* sum = sums.row(i);
    for (int j = 0; j < m; ++j) a.gram[std::int64_t{i} * m + j] = j < i ? sums.row(j)[i] : sum[j];
    std::copy_n(sum + m + 1, columns, a.rhs + std::int64_t{i} * columns);
  }
  std::copy_n(sums.row(m) + m, 1 + 2 * columns, a.totals);
}

void cholesky_solve(Stream& stream, const CholeskySolveArgs& args) {
  const LaunchScope scope(stream, {"cholesky_solve_cpu", {}, {}, 0, cholesky_solve_cost(args)});
  const std::int64_t n = args.n, columns = args.columns;
  double *a = args.a, *b = args.b;
  *args.failed = 0;
  std::vector<double> column(static_cast<std::size_t>(n));  // k of L, below the diagonal
  // After column k, everything to the right of it has been updated.
  for (std::int64_t k = 0; k < n; ++k) {
    double* pivot_row = a + k * n;
    // The diagonal as given: what has been taken off it is the sum of the squares to its left.
    double given = pivot_row[k];
    for (std::int64_t p = 0; p < k; ++p) given += pivot_row[p] * pivot_row[p];
    if (!(pivot_row[k] > kPivotTolerance * static_cast<double>(n) * given)) {
      *args.failed = static_cast<std::int32_t>(k + 1);
      std::fill_n(b, n * columns, 0.0);
      return;
    }
    const double root = std::sqrt(pivot_row[k]);
    pivot_row[k] = root;
    for (std::int64_t i = k + 1; i < n; ++i) a[i * n + k] /= root;
    for (std::int64_t i = k + 1; i < n; ++i) column[static_cast<std::size_t>(i)] = a[i * n + k];
#pragma omp parallel for if (n - k >= 256)
    for (std::int64_t i = k + 1; i < n; ++i) {
      const double factor = a[i * n + k];
      for (std::int64_t j = k + 1; j <= i; ++j)
        a[i * n + j] -= factor * column[static_cast<std::size_t>(j)];
    }
  }
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t d = 0; d < columns; ++d) {
      double left = b[i * columns + d];
      for (std::int64_t p = 0; p < i; ++p) left -= a[i * n + p] * b[p * columns + d];
      b[i * columns + d] = left / a[i * n + i];
    }
  for (std::int64_t i = n - 1; i >= 0; --i)
    for (std::int64_t d = 0; d < columns; ++d) {
      const double x = b[i * columns + d] /= a[i * n + i];
      for (std::int64_t p = 0; p < i; ++p) b[p * columns + d] -= a[i * n + p] * x;
    }
}

}  // namespace pellucid::cpu
