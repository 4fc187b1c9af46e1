// channel_affine_v1_naive.cu: each channel's factor and summand, one thread a value.
//
// computes   y[r,c] = fma(x[r,c] − center[c], scale[c], shift[c]);
//            x, y: (rows, channels), center, scale, shift: (channels) or null
// mapping    thread t of the grid takes value t, of channel t % channels
// idea       the formula as written
// limits     rows, channels ≥ 1; any alignment
// cost       8·rows·channels bytes, 3·rows·channels flops; a 64-bit division a thread
// next       v2 keeps a channel's numbers in registers for several rows
#include "kernels/batch_norm/batch_norm.h"
#include "kernels/device/vector.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void channel_affine_v1_naive_kernel(ChannelAffineArgs a) {
  const std::int64_t i = grid_thread();
  if (i >= a.rows * a.channels) return;
  const std::int64_t c = i % a.channels;
  const float center = a.center ? a.center[c] : 0.0f;
  const float scale = a.scale ? a.scale[c] : 1.0f, shift = a.shift ? a.shift[c] : 0.0f;
  a.y[i] = fmaf(a.x[i] - center, scale, shift);
}

void channel_affine_v1_naive(Stream& stream, const ChannelAffineArgs& a) {
  constexpr int block = 256;
  launch(stream,
         {"channel_affine_v1_naive", blocks_for(a.rows * a.channels, block), block, 0,
          channel_affine_cost(a)},
         channel_affine_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
