// average_pool2d_v3_block.cu: average pooling over large windows, a block an output pixel.
//
// computes   pool2d.h;   x: (N, H, W, C), y: (N, P, Q, C)
// mapping    pool2d_block.cuh
// idea       as max_pool2d_v3_block.cu; what is joined are partial sums
// limits     windows of at least 64 pixels (pool2d.cpp); less than 2^31 blocks
// cost       4·(N·H·W·C + N·P·Q·C) bytes
// next       windows of tens of thousands of pixels at batch 1 would want several blocks each
#include "kernels/pool2d/pool2d_block.cuh"

namespace pellucid::PELLUCID_BACKEND {
namespace {

template <int kChannels>
__global__ void __launch_bounds__(kWindowBlock)
    average_pool2d_v3_block_kernel(AveragePool2dArgs a) {
  constexpr int kSlots = kWindowBlock / kChannels;
  __shared__ float sums[kSlots][kChannels];
  const Pool2dShape& s = a.shape;
  const WindowPlace at = window_place<kChannels>(s);
  const int lane = static_cast<int>(threadIdx.x) % kChannels;
  const int width = at.columns.count(s.dilation_w);
  const int pixels = at.rows.count(s.dilation_h) * width;
  float sum = 0;
  if (at.c < s.c) {
    const float* plane = a.x + at.n * s.h * s.w * s.c + at.c;
    for (int i = at.slot; i < pixels; i += kSlots) {
      const long long h = at.rows.first + i / width * s.dilation_h;
      const long long w = at.columns.first + i % width * s.dilation_w;
      sum += plane[(h * s.w + w) * s.c];
    }
  }
  sums[at.slot][lane] = sum;
  for (int step = kSlots / 2; step > 0; step /= 2) {
    __syncthreads();  // the sums of the step before are there
    if (at.slot < step) sums[at.slot][lane] += sums[at.slot + step][lane];
  }
  if (at.slot == 0 && at.c < s.c)
    a.y[at.output + at.c] =
        sums[0][lane] / static_cast<float>(pool_divisor(s.rows(), at.p, s.count_padding) *
                                           pool_divisor(s.columns(), at.q, s.count_padding));
}

}  // namespace

void average_pool2d_v3_block(Stream& stream, const AveragePool2dArgs& a) {
  launch_window_blocks<AveragePool2dArgs>(
      stream, "average_pool2d_v3_block", average_pool2d_cost(a.shape),
      {average_pool2d_v3_block_kernel<8>, average_pool2d_v3_block_kernel<16>,
       average_pool2d_v3_block_kernel<32>},
      a);
}

}  // namespace pellucid::PELLUCID_BACKEND
