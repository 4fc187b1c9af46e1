#include "kernels/mask/mask.h"

namespace pellucid {

void mask_images_reference(const MaskImagesArgs& a) {
  const MaskedImage& m = a.masked;
  float* y = a.y;
  for (int n = 0; n < a.n; ++n) {
    const std::int64_t first = std::int64_t{m.image_of ? m.image_of[n] : 0} * a.h * a.w;
    for (std::int64_t pixel = first; pixel < first + std::int64_t{a.h} * a.w; ++pixel) {
      const std::int32_t label = m.labels[pixel];
      const std::uint32_t word = m.bits[n * m.words + label / 32];
      for (int c = 0; c < a.c; ++c)
        *y++ = (word >> (label % 32)) % 2 == 1 ? m.image[pixel * a.c + c] : m.fill[pixel * a.c + c];
    }
  }
}

}  // namespace pellucid
