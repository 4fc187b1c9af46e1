// weigh_images_v2_pixel.cu: weighed images, one thread a pixel of eight masks.
//
// computes   weigh_images.h;   y: (N, H, W, C)
// mapping    thread t of the grid takes pixel t of the image, block row b the masks 8b … 8b + 7
// idea       a value of the image serves eight masks, a value of a mask all channels, and no index is
//            divided
// limits     H·W·C ≤ 2^31 − 1; N ≤ 8·65,535 a launch, more in several launches
// cost       4·N·H·W·(C + 1) bytes, and ⌈N/8⌉·H·W·C·4 read from the caches
// next       the convolution that reads image and masks itself, and nothing is written
#include <algorithm>

#include "kernels/device/vector.cuh"
#include "kernels/mask/weigh_images.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

constexpr int kWeightsOfThread = 8;
constexpr int kMaxWeightGroups = 65535;

}  // namespace

__global__ void weigh_images_v2_pixel_kernel(WeighImagesArgs a, int first_mask) {
  const std::int64_t pixel = grid_thread(), pixels = std::int64_t{a.h} * a.w;
  if (pixel >= pixels) return;
  const int first = first_mask + static_cast<int>(blockIdx.y) * kWeightsOfThread;
  const int end = min(first + kWeightsOfThread, a.n);
  for (int c = 0; c < a.c; ++c) {
    const float value = a.image[pixel * a.c + c];
    for (int n = first; n < end; ++n)
      a.y[(n * pixels + pixel) * a.c + c] = value * a.mask[n * pixels + pixel];
  }
}

void weigh_images_v2_pixel(Stream& stream, const WeighImagesArgs& a) {
  constexpr int block = 256;
  constexpr int most = kWeightsOfThread * kMaxWeightGroups;
  for (int first = 0; first < a.n; first += most) {
    WeighImagesArgs part = a;
    part.n = std::min(first + most, a.n);
    launch(stream,
           {"weigh_images_v2_pixel",
            {blocks_for(1LL * a.h * a.w, block), blocks_for(part.n - first, kWeightsOfThread)},
            block,
            0,
            weigh_images_cost(a)},
           weigh_images_v2_pixel_kernel, part, first);
  }
}

}  // namespace pellucid::PELLUCID_BACKEND
