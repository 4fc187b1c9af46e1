#include <algorithm>
#include <cmath>

#include "kernels/loss/loss.h"

namespace pellucid {

template <class T>
void cross_entropy_reference(const T* x, const std::int32_t* labels, const T* weights, T* loss,
                             T* dx, int rows, int classes, double scale) {
  for (int r = 0; r < rows; ++r, x += classes) {
    const int label = labels[r];
    const double weight = weights ? double{weights[label]} : 1.0;
    const double largest = *std::max_element(x, x + classes);
    double sum = 0;
    for (int c = 0; c < classes; ++c) sum += std::exp(x[c] - largest);
    loss[r] = static_cast<T>(weight * (std::log(sum) + (largest - x[label])));
    for (int c = 0; dx && c < classes; ++c) {
      const double probability = std::exp(x[c] - largest) / sum;
      dx[std::int64_t{r} * classes + c] =
          static_cast<T>(weight * (probability - (c == label ? 1 : 0)) * scale);
    }
  }
}

template void cross_entropy_reference(const float*, const std::int32_t*, const float*, float*,
                                      float*, int, int, double);
template void cross_entropy_reference(const double*, const std::int32_t*, const double*, double*,
                                      double*, int, int, double);

}  // namespace pellucid
