#include <cmath>
#include <limits>

#include "kernels/reduce/reduce_axes.h"

namespace pellucid {
namespace {

// visit(value(p), p) for all positions of a column.
template <class T, class Visit>
void for_positions(const AxesShape& s, const T* x, std::int64_t group, int column,
                   const Visit& visit) {
  for (int p = 0; p < s.positions(); ++p) visit(x[s.base(group) + s.offset(p) + column], p);
}

struct Sums {
  double sum = 0, size = 0, squares = 0, product = 1, exponentials = 0;
  double largest = -std::numeric_limits<double>::infinity();
  double smallest = std::numeric_limits<double>::infinity();
  int at_largest = 0, at_smallest = 0;
};

template <class T>
Sums sums_of(const AxesShape& s, const T* x, std::int64_t group, int column) {
  Sums sums;
  for_positions(s, x, group, column, [&](double v, int p) {
    sums.sum += v;
    sums.size += std::abs(v);
    sums.squares += v * v;
    sums.product *= v;
    if (v > sums.largest) sums.largest = v, sums.at_largest = p;
    if (v < sums.smallest) sums.smallest = v, sums.at_smallest = p;
  });
  for_positions(s, x, group, column,
                [&](double v, int) { sums.exponentials += std::exp(v - sums.largest); });
  return sums;
}

double result_of(Reduction function, const Sums& s, int positions) {
  switch (function) {
    case Reduction::mean:
      return s.sum / positions;
    case Reduction::sum:
      return s.sum;
    case Reduction::max:
      return s.largest;
    case Reduction::min:
      return s.smallest;
    case Reduction::prod:
      return s.product;
    case Reduction::l1:
      return s.size;
    case Reduction::l2:
      return std::sqrt(s.squares);
    case Reduction::sum_square:
      return s.squares;
    case Reduction::log_sum:
      return std::log(s.sum);
    case Reduction::log_sum_exp:
      return s.largest + std::log(s.exponentials);
  }
  return 0;
}

}  // namespace

template <class T>
void reduce_axes_reference(const AxesShape& shape, Reduction function, const T* x, T* y) {
  for (std::int64_t g = 0; g < shape.groups(); ++g)
    for (int c = 0; c < shape.columns(); ++c)
      y[g * shape.columns() + c] =
          static_cast<T>(result_of(function, sums_of(shape, x, g, c), shape.positions()));
}

template <class T>
void reduce_axes_backward_reference(const AxesShape& shape, Reduction function, const T* x,
                                    const T* dy, T* dx) {
  const auto derivative = [&](const Sums& s, const T* column, double v, int p) -> double {
    const double y = result_of(function, s, shape.positions());
    double others = 1;
    switch (function) {
      case Reduction::mean:
        return 1.0 / shape.positions();
      case Reduction::sum:
        return 1;
      case Reduction::max:
        return p == s.at_largest;
      case Reduction::min:
        return p == s.at_smallest;
      case Reduction::prod:
        for (int q = 0; q < shape.positions(); ++q)
          if (q != p) others *= column[shape.offset(q)];
        return others;
      case Reduction::l1:
        return (v > 0) - (v < 0);
      case Reduction::l2:
        return y == 0 ? 0 : v / y;
      case Reduction::sum_square:
        return 2 * v;
      case Reduction::log_sum:
        return 1 / s.sum;
      case Reduction::log_sum_exp:
        return std::exp(v - y);
    }
    return 0;
  };
  for (std::int64_t g = 0; g < shape.groups(); ++g)
    for (int c = 0; c < shape.columns(); ++c) {
      const Sums sums = sums_of(shape, x, g, c);
      const std::int64_t first = shape.base(g) + c;
      for_positions(shape, x, g, c, [&](double v, int p) {
        dx[first + shape.offset(p)] =
            static_cast<T>(derivative(sums, x + first, v, p) * dy[g * shape.columns() + c]);
      });
    }
}

template void reduce_axes_reference(const AxesShape&, Reduction, const float*, float*);
template void reduce_axes_reference(const AxesShape&, Reduction, const double*, double*);
template void reduce_axes_backward_reference(const AxesShape&, Reduction, const float*,
                                             const float*, float*);
template void reduce_axes_backward_reference(const AxesShape&, Reduction, const double*,
                                             const double*, double*);

}  // namespace pellucid
