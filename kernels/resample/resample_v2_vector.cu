// resample_v2_vector.cu: resampled pictures, up to four channels a thread.
//
// computes   resample.h;   x: (N, H, W, C), y: (N, P, Q, C)
// mapping    thread t of the grid writes pack t of y: 4, 2 or 1 neighbouring channels of a pixel, as many
//            as divide C and the alignment allows
// idea       the pixel, its taps and weights serve all channels of a pack, moved by one instruction; the row
//            of a block's first pack takes one 64-bit division, the same for the whole block, the place in it
//            a 32-bit one
// limits     every extent ≥ 1; W·C, Q·C < 2^31 − 256
// cost       4·N·C·(H·W + P·Q) bytes, 2 flops a value and weight
// next       enlarging much, a tile's neighbours would fit into shared memory
#include "kernels/resample/resample_sum.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

constexpr int kResampleBlock = 256;

}  // namespace

template <int kWidth>
__global__ void resample_v2_vector_kernel(ResampleArgs a) {
  const unsigned pixel_packs = static_cast<unsigned>(a.c / kWidth),
                 row_packs = pixel_packs * static_cast<unsigned>(a.q);
  const std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * kResampleBlock,
                     first_row = first / row_packs;
  const unsigned at = static_cast<unsigned>(first - first_row * row_packs) + threadIdx.x;
  const std::int64_t row = first_row + at / row_packs, n = row / a.p;
  if (n >= a.n) return;
  const unsigned in_row = at % row_packs;
  const int channel = kWidth * static_cast<int>(in_row % pixel_packs);
  store_pack(a.y + kWidth * (first + threadIdx.x),
             resample_sum<kWidth>(a, n, static_cast<int>(row - n * a.p),
                                  static_cast<int>(in_row / pixel_packs), channel));
}

void resample_v2_vector(Stream& stream, const ResampleArgs& a) {
  const int width = pack_width(a.c, {a.x, a.y});
  const unsigned grid = blocks_for(1LL * a.n * a.p * a.q * (a.c / width), kResampleBlock);
  const LaunchConfig config{"resample_v2_vector", grid, kResampleBlock, 0, resample_cost(a)};
  const auto kernel = width == 4   ? resample_v2_vector_kernel<4>
                      : width == 2 ? resample_v2_vector_kernel<2>
                                   : resample_v2_vector_kernel<1>;
  launch(stream, config, kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
