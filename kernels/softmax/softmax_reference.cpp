#include <algorithm>
#include <cmath>

#include "kernels/softmax/softmax.h"

namespace pellucid {
namespace {

// visit(r, first) for each column of (rows, cols, inner): its values lie at first + c · inner.
template <class Visit>
void for_columns(int rows, int cols, int inner, const Visit& visit) {
  for (std::int64_t r = 0; r < rows; ++r)
    for (int i = 0; i < inner; ++i) visit(r * cols * inner + i);
}

}  // namespace

template <class T>
void softmax_reference(const T* x, T* y, int rows, int cols, bool log, int inner) {
  for_columns(rows, cols, inner, [&](std::int64_t first) {
    const auto at = [&](int c) { return first + std::int64_t{c} * inner; };
    double largest = x[first], sum = 0;
    for (int c = 1; c < cols; ++c) largest = std::max<double>(largest, x[at(c)]);
    for (int c = 0; c < cols; ++c) sum += std::exp(x[at(c)] - largest);
    for (int c = 0; c < cols; ++c)
      y[at(c)] = static_cast<T>(log ? x[at(c)] - largest - std::log(sum)
                                    : std::exp(x[at(c)] - largest) / sum);
  });
}

template <class T>
void softmax_backward_reference(const T* y, const T* dy, T* dx, int rows, int cols, bool log,
                                int inner) {
  for_columns(rows, cols, inner, [&](std::int64_t first) {
    const auto at = [&](int c) { return first + std::int64_t{c} * inner; };
    double sum = 0;
    for (int c = 0; c < cols; ++c) sum += log ? double{dy[at(c)]} : double{dy[at(c)]} * y[at(c)];
    for (int c = 0; c < cols; ++c)
      dx[at(c)] = static_cast<T>(log ? dy[at(c)] - std::exp(double{y[at(c)]}) * sum
                                     : y[at(c)] * (dy[at(c)] - sum));
  });
}

template void softmax_reference(const float*, float*, int, int, bool, int);
template void softmax_reference(const double*, double*, int, int, bool, int);
template void softmax_backward_reference(const float*, const float*, float*, int, int, bool, int);
template void softmax_backward_reference(const double*, const double*, double*, int, int, bool,
                                         int);

}  // namespace pellucid
