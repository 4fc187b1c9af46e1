#include <algorithm>
#include <cmath>

#include "kernels/softmax/softmax.h"

namespace pellucid {

template <class T>
void softmax_reference(const T* x, T* y, int rows, int cols, bool log) {
  for (int r = 0; r < rows; ++r, x += cols, y += cols) {
    const double largest = *std::max_element(x, x + cols);
    double sum = 0;
    for (int c = 0; c < cols; ++c) sum += std::exp(x[c] - largest);
    for (int c = 0; c < cols; ++c)
      y[c] = static_cast<T>(log ? x[c] - largest - std::log(sum) : std::exp(x[c] - largest) / sum);
  }
}

template <class T>
void softmax_backward_reference(const T* y, const T* dy, T* dx, int rows, int cols, bool log) {
  for (int r = 0; r < rows; ++r, y += cols, dy += cols, dx += cols) {
    double sum = 0;
    for (int c = 0; c < cols; ++c) sum += log ? double{dy[c]} : double{dy[c]} * y[c];
    for (int c = 0; c < cols; ++c)
      dx[c] = static_cast<T>(log ? dy[c] - std::exp(double{y[c]}) * sum : y[c] * (dy[c] - sum));
  }
}

template void softmax_reference(const float*, float*, int, int, bool);
template void softmax_reference(const double*, double*, int, int, bool);
template void softmax_backward_reference(const float*, const float*, float*, int, int, bool);
template void softmax_backward_reference(const double*, const double*, double*, int, int, bool);

}  // namespace pellucid
