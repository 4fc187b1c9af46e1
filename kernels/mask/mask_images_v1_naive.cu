// mask_images_v1_naive.cu: masked images, one thread a value.
//
// computes   mask.h;   y: (N, H, W, C)
// mapping    thread t of the grid writes value t of y
// idea       the formula as written
// limits     H·W·C ≤ 2^31 − 1
// cost       4·N·H·W·C bytes written; image, fill, labels and bits stay in the caches
// next       v2 looks a pixel's bit up once for all its channels
#include "kernels/device/vector.cuh"
#include "kernels/mask/mask.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void mask_images_v1_naive_kernel(MaskImagesArgs a) {
  const std::int64_t t = grid_thread(), pixels = std::int64_t{a.h} * a.w;
  const std::int64_t n = t / (pixels * a.c);
  if (n >= a.n) return;
  const int value = static_cast<int>(t - n * pixels * a.c);
  a.y[t] = masked_value(a.masked, n, pixels, value / a.c, a.c, value % a.c);
}

void mask_images_v1_naive(Stream& stream, const MaskImagesArgs& a) {
  constexpr int block = 256;
  const unsigned grid = blocks_for(1LL * a.n * a.h * a.w * a.c, block);
  launch(stream, {"mask_images_v1_naive", grid, block, 0, mask_images_cost(a)},
         mask_images_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
