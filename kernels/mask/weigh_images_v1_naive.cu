// weigh_images_v1_naive.cu: weighed images, one thread a value.
//
// computes   weigh_images.h;   y: (N, H, W, C)
// mapping    thread t of the grid writes value t of y
// idea       the formula as written
// limits     H·W·C ≤ 2^31 − 1
// cost       4·N·H·W·(C + 1) bytes; the image stays in the caches
// next       v2 reads a pixel of the image once for eight masks
#include "kernels/device/vector.cuh"
#include "kernels/mask/weigh_images.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void weigh_images_v1_naive_kernel(WeighImagesArgs a) {
  const std::int64_t t = grid_thread(), values = std::int64_t{a.h} * a.w * a.c;
  if (t < a.n * values) a.y[t] = a.image[t % values] * a.mask[t / a.c];
}

void weigh_images_v1_naive(Stream& stream, const WeighImagesArgs& a) {
  constexpr int block = 256;
  const unsigned grid = blocks_for(1LL * a.n * a.h * a.w * a.c, block);
  launch(stream, {"weigh_images_v1_naive", grid, block, 0, weigh_images_cost(a)},
         weigh_images_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
