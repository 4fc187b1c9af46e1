// mask_images_v2_pixel.cu: masked images, one thread a pixel of eight masks.
//
// computes   mask.h;   y: (N, H, W, C)
// mapping    thread t of the grid takes pixel t of the image, block row b the masks 8b … 8b + 7:
//
//              grid.x: pixels      ┌ thread: label, image value, fill value: read once,
//              grid.y: groups of 8 └ then 8 masks: one bit and one store each
//
// idea       v1 reads label, image and fill anew for each mask; here they serve eight, and a warp's
//            bit comes from few words
// limits     all masks of one image (image_of null: else a pixel's label is read for each mask);
//            H·W·C ≤ 2^31 − 1; N ≤ 8·65,535 a launch, more in several launches
// cost       4·N·H·W·C bytes written, ⌈N/8⌉·H·W·(2·C + 1)·4 read, from the caches
// next       the convolution that reads the masks itself, and nothing is written (kernels/conv2d)
#include <algorithm>

#include "kernels/device/vector.cuh"
#include "kernels/mask/mask.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

constexpr int kMasksOfThread = 8;
constexpr int kMaxGroups = 65535;

}  // namespace

__global__ void mask_images_v2_pixel_kernel(MaskImagesArgs a, int first_mask) {
  const MaskedImage& m = a.masked;
  const std::int64_t pixel = grid_thread(), pixels = std::int64_t{a.h} * a.w;
  if (pixel >= pixels) return;
  const int first = first_mask + static_cast<int>(blockIdx.y) * kMasksOfThread;
  const int end = min(first + kMasksOfThread, a.n);
  for (int c = 0; c < a.c; ++c) {
    if (m.image_of) {
      for (int n = first; n < end; ++n)
        a.y[(n * pixels + pixel) * a.c + c] = masked_value(m, n, pixels, pixel, a.c, c);
      continue;
    }
    const std::int32_t label = m.labels[pixel];
    const float on = m.image[pixel * a.c + c], off = m.fill[pixel * a.c + c];
    for (int n = first; n < end; ++n)
      a.y[(n * pixels + pixel) * a.c + c] =
          superpixel_on(m.bits + std::int64_t{n} * m.words, label) ? on : off;
  }
}

void mask_images_v2_pixel(Stream& stream, const MaskImagesArgs& a) {
  constexpr int block = 256;
  constexpr int most = kMasksOfThread * kMaxGroups;
  for (int first = 0; first < a.n; first += most) {
    MaskImagesArgs part = a;
    part.n = std::min(first + most, a.n);
    const unsigned groups = blocks_for(part.n - first, kMasksOfThread);
    launch(stream,
           {"mask_images_v2_pixel",
            {blocks_for(1LL * a.h * a.w, block), groups},
            block,
            0,
            mask_images_cost(a)},
           mask_images_v2_pixel_kernel, part, first);
  }
}

}  // namespace pellucid::PELLUCID_BACKEND
