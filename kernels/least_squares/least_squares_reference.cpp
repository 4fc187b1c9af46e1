#include <cmath>

#include "kernels/least_squares/least_squares.h"

namespace pellucid {

void weighted_gram_reference(const WeightedGramArgs& a) {
  const int m = a.features, columns = a.columns, words = (m + 31) / 32;
  const auto x = [&](std::int64_t n, int j) {
    return static_cast<double>(a.bits[n * words + j / 32] >> j % 32 & 1u);
  };
  const auto y = [&](std::int64_t n, int d) { return a.targets[n * columns + d]; };
  const auto sum = [&](auto term) {
    double total = 0;
    for (std::int64_t n = 0; n < a.rows; ++n) total += a.weights[n] * term(n);
    return total;
  };
  for (int i = 0; i < m; ++i) {
    for (int j = 0; j < m; ++j)
      a.gram[i * m + j] = sum([&](std::int64_t n) { return x(n, i) * x(n, j); });
    for (int d = 0; d < columns; ++d)
      a.rhs[i * columns + d] = sum([&](std::int64_t n) { return x(n, i) * y(n, d); });
  }
  a.totals[0] = sum([](std::int64_t) { return 1.0; });
  for (int d = 0; d < columns; ++d) {
    a.totals[1 + d] = sum([&](std::int64_t n) { return y(n, d); });
    a.totals[1 + columns + d] = sum([&](std::int64_t n) { return y(n, d) * y(n, d); });
  }
}

void cholesky_solve_reference(const CholeskySolveArgs& args) {
  const int n = args.n, columns = args.columns;
  const auto a = [&](int i, int j) -> double& { return args.a[i * n + j]; };
  const auto b = [&](int i, int d) -> double& { return args.b[i * columns + d]; };
  *args.failed = 0;
  for (int i = 0; i < n && !*args.failed; ++i)
    for (int j = 0; j <= i; ++j) {
      const double given = a(i, j);
      double left = given;
      for (int p = 0; p < j; ++p) left -= a(i, p) * a(j, p);
      if (j < i) a(i, j) = left / a(j, j);
      else if (left > kPivotTolerance * n * given) a(i, i) = std::sqrt(left);
      else *args.failed = i + 1;
    }
  for (int d = 0; d < columns; ++d) {
    if (*args.failed) {
      for (int i = 0; i < n; ++i) b(i, d) = 0;
      continue;
    }
    for (int i = 0; i < n; ++i) {
      for (int p = 0; p < i; ++p) b(i, d) -= a(i, p) * b(p, d);
      b(i, d) /= a(i, i);
    }
    for (int i = n - 1; i >= 0; --i) {
      for (int p = i + 1; p < n; ++p) b(i, d) -= a(p, i) * b(p, d);
      b(i, d) /= a(i, i);
    }
  }
}

}  // namespace pellucid
