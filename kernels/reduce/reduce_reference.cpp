#include <limits>

#include "kernels/reduce/reduce.h"

namespace pellucid {

template <class T>
void row_sum_reference(const T* x, T* y, int rows, std::int64_t cols) {
  for (int r = 0; r < rows; ++r, x += cols) {
    double sum = 0;
    for (std::int64_t c = 0; c < cols; ++c) sum += x[c];
    y[r] = static_cast<T>(sum);
  }
}

template <class T>
void row_max_reference(const T* x, T* y, std::int32_t* index, int rows, std::int64_t cols) {
  for (int r = 0; r < rows; ++r, x += cols) {
    T largest = -std::numeric_limits<T>::infinity();
    std::int32_t position = 0;
    for (std::int64_t c = 0; c < cols; ++c) {
      if (!(x[c] > largest)) continue;
      largest = x[c];
      position = static_cast<std::int32_t>(c);
    }
    if (y) y[r] = largest;
    if (index) index[r] = position;
  }
}

template void row_sum_reference(const float*, float*, int, std::int64_t);
template void row_sum_reference(const double*, double*, int, std::int64_t);
template void row_max_reference(const float*, float*, std::int32_t*, int, std::int64_t);
template void row_max_reference(const double*, double*, std::int32_t*, int, std::int64_t);

}  // namespace pellucid
