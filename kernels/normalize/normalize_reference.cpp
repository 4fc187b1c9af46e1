#include <algorithm>

#include "kernels/normalize/normalize.h"

namespace pellucid {

template <class T>
void normalize_min_max_reference(const T* x, T* y, int rows, std::int64_t cols, double epsilon) {
  for (int r = 0; r < rows; ++r, x += cols, y += cols) {
    const auto [least, greatest] = std::minmax_element(x, x + cols);
    const double low = *least, range = double{*greatest} - low;
    for (std::int64_t c = 0; c < cols; ++c)
      y[c] = static_cast<T>(range > 0 ? (x[c] - low) / (range + epsilon) : 0);
  }
}

template void normalize_min_max_reference(const float*, float*, int, std::int64_t, double);
template void normalize_min_max_reference(const double*, double*, int, std::int64_t, double);

}  // namespace pellucid
