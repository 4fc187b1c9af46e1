// cpu: an image a thread. The weights are pooled in double, since a channel's sum runs over all
// places in one chain; the inner loops run over channels, which lie side by side.
#include <algorithm>
#include <limits>
#include <vector>

#include "kernels/cam/cam.h"
#include "runtime/launch_seam.h"

namespace pellucid::cpu {
namespace {

void one_image(const GradCamArgs& a, std::int64_t image) {
  const std::int64_t places = std::int64_t{a.h} * a.w;
  const float* activation = a.activation + image * places * a.k;
  const float* gradient = a.gradient + image * places * a.k;
  float* weight = a.weight + image * a.k;
  float* map = a.map + image * places;

  std::vector<double> sums(static_cast<std::size_t>(a.k));
  double* sum = sums.data();
  for (std::int64_t p = 0; p < places; ++p)
    for (int k = 0; k < a.k; ++k) sum[k] += gradient[p * a.k + k];
  for (int k = 0; k < a.k; ++k)
    weight[k] = static_cast<float>(sum[k] / static_cast<double>(places));

  float largest = -std::numeric_limits<float>::infinity();
  for (std::int64_t p = 0; p < places; ++p) {
    float total = 0;
    for (int k = 0; k < a.k; ++k) total += weight[k] * activation[p * a.k + k];
    map[p] = a.relu ? std::max(total, 0.0f) : total;
    largest = std::max(largest, map[p]);
  }
  a.peak[image] = largest;
}

}  // namespace

void grad_cam(Stream& stream, const GradCamArgs& a) {
  const LaunchScope scope(stream, {"grad_cam_cpu", {}, {}, 0, grad_cam_cost(a)});
#pragma omp parallel for if (a.n > 1)
  for (int image = 0; image < a.n; ++image) one_image(a, image);
}

}  // namespace pellucid::cpu
