#include "kernels/mask/weigh_images.h"

namespace pellucid {

void weigh_images_reference(const WeighImagesArgs& a) {
  const std::int64_t pixels = std::int64_t{a.h} * a.w;
  for (std::int64_t n = 0; n < a.n; ++n)
    for (std::int64_t pixel = 0; pixel < pixels; ++pixel)
      for (int c = 0; c < a.c; ++c)
        a.y[(n * pixels + pixel) * a.c + c] = a.image[pixel * a.c + c] * a.mask[n * pixels + pixel];
}

}  // namespace pellucid
