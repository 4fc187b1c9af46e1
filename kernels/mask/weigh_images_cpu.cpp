// cpu: a thread a mask.
#include <cstdint>

#include "kernels/mask/weigh_images.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {

void weigh_images(Stream& stream, const WeighImagesArgs& a) {
  const LaunchScope scope(stream, {"weigh_images_cpu", {}, {}, 0, weigh_images_cost(a)});
  const std::int64_t pixels = std::int64_t{a.h} * a.w;
#pragma omp parallel for if (a.n * pixels * a.c > 65536)
  for (int n = 0; n < a.n; ++n) {
    const float* mask = a.mask + n * pixels;
    const float* image = a.image;
    float* y = a.y + n * pixels * a.c;
    for (std::int64_t pixel = 0; pixel < pixels; ++pixel, image += a.c, y += a.c)
      for (int c = 0; c < a.c; ++c) y[c] = image[c] * mask[pixel];
  }
}

}  // namespace pellucid::cpu
