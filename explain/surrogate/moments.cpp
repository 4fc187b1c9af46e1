#include "explain/surrogate/moments.h"

#include "kernels/least_squares/least_squares.h"
#include "runtime/error.h"
#include "runtime/tensor.h"

namespace pellucid {
namespace {

bool try_solve(Stream& stream, const std::vector<double>& a, int n, const std::vector<double>& b,
               int columns, std::vector<double>& x) {
  const Tensor matrix = Tensor::from_host(stream, {n, n}, a);
  const Tensor sides = Tensor::from_host(stream, {n, columns}, b);
  const Tensor failed = Tensor::empty(stream, {1}, DType::i32);
  cholesky_solve(stream, {matrix.data<double>(), sides.data<double>(), failed.data<std::int32_t>(),
                          n, columns});
  x = sides.to_host<double>(stream);
  return failed.to_host<std::int32_t>(stream)[0] == 0;
}

}  // namespace

Moments weighted_moments(Stream& stream, const Coalitions& c, const Tensor& weights,
                         const std::vector<double>& targets, int columns) {
  const auto rows = static_cast<std::size_t>(c.rows);
  require(weights.count() == c.rows && targets.size() == rows * static_cast<std::size_t>(columns),
          "least squares: ", c.rows, " rows with ", weights.count(), " weights and ",
          targets.size(), " targets in ", columns, " columns");
  const Tensor y = Tensor::from_host(stream, {c.rows, columns}, targets);
  const int m = c.features;
  const Tensor gram = Tensor::empty(stream, {m, m}, DType::f64);
  const Tensor rhs = Tensor::empty(stream, {m, columns}, DType::f64);
  const Tensor totals = Tensor::empty(stream, {1 + 2 * columns}, DType::f64);
  weighted_gram(stream, {c.data(), weights.data<double>(), y.data<double>(), gram.data<double>(),
                         rhs.data<double>(), totals.data<double>(), m, columns, c.rows});
  Moments moments;
  moments.features = m;
  moments.columns = columns;
  moments.gram = gram.to_host<double>(stream);
  moments.rhs = rhs.to_host<double>(stream);
  const std::vector<double> sums = totals.to_host<double>(stream);
  moments.weight = sums[0];
  moments.sum_y.assign(sums.begin() + 1, sums.begin() + 1 + columns);
  moments.sum_yy.assign(sums.begin() + 1 + columns, sums.end());
  return moments;
}

Solution solve_symmetric(Stream& stream, const std::vector<double>& a, int n,
                         const std::vector<double>& b, int columns) {
  Solution solution;
  if (n == 0 || try_solve(stream, a, n, b, columns, solution.x)) return solution;
  solution.singular = true;
  const auto stride = static_cast<std::size_t>(n) + 1;
  double trace = 0;
  for (std::size_t i = 0; i < a.size(); i += stride) trace += a[i];
  std::vector<double> damped = a;
  for (std::size_t i = 0; i < a.size(); i += stride) damped[i] += 1e-8 * trace / n;
  try_solve(stream, damped, n, b, columns, solution.x);
  return solution;
}

}  // namespace pellucid
