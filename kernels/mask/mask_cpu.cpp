// cpu: a thread a masked image, row by row.
#include "kernels/mask/mask.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {

void mask_images(Stream& stream, const MaskImagesArgs& a) {
  const LaunchScope scope(stream, {"mask_images_cpu", {}, {}, 0, mask_images_cost(a)});
  const MaskedImage& m = a.masked;
  const std::int64_t pixels = std::int64_t{a.h} * a.w;
#pragma omp parallel for if (a.n * pixels * a.c > 65536)
  for (int n = 0; n < a.n; ++n) {
    const std::int64_t first = (m.image_of ? m.image_of[n] : 0) * pixels;
    const std::uint32_t* mask = m.bits + std::int64_t{n} * m.words;
    float* y = a.y + n * pixels * a.c;
    for (std::int64_t pixel = first; pixel < first + pixels; ++pixel, y += a.c) {
      const float* from = (superpixel_on(mask, m.labels[pixel]) ? m.image : m.fill) + pixel * a.c;
      for (int c = 0; c < a.c; ++c) y[c] = from[c];
    }
  }
}

}  // namespace pellucid::cpu
