#include <algorithm>
#include <limits>
#include <vector>

#include "kernels/cam/cam.h"

namespace pellucid {

template <class T>
void grad_cam_reference(const T* activation, const T* gradient, T* weight, T* map, T* peak, int n,
                        int h, int w, int k, bool relu) {
  const std::int64_t places = std::int64_t{h} * w;
  std::vector<double> mean(static_cast<std::size_t>(k));
  for (int image = 0; image < n; ++image) {
    const T* a = activation + image * places * k;
    const T* g = gradient + image * places * k;
    for (int c = 0; c < k; ++c) {
      double sum = 0;
      for (std::int64_t p = 0; p < places; ++p) sum += g[p * k + c];
      mean[static_cast<std::size_t>(c)] = sum / static_cast<double>(places);
      weight[std::int64_t{image} * k + c] = static_cast<T>(mean[static_cast<std::size_t>(c)]);
    }
    double largest = -std::numeric_limits<double>::infinity();
    for (std::int64_t p = 0; p < places; ++p) {
      double sum = 0;
      for (int c = 0; c < k; ++c) sum += mean[static_cast<std::size_t>(c)] * a[p * k + c];
      if (relu) sum = std::max(sum, 0.0);
      map[image * places + p] = static_cast<T>(sum);
      largest = std::max(largest, sum);
    }
    peak[image] = static_cast<T>(largest);
  }
}

template void grad_cam_reference(const float*, const float*, float*, float*, float*, int, int, int,
                                 int, bool);
template void grad_cam_reference(const double*, const double*, double*, double*, double*, int, int,
                                 int, int, bool);

}  // namespace pellucid
