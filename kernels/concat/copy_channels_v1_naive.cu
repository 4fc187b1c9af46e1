// copy_channels_v1_naive.cu: some channels of each row to another place, one thread a value.
//
// computes   concat.h;   x: (rows, x_channels), y: (rows, y_channels)
// mapping    thread t of the grid copies channel t % count of row t / count
// idea       the formula as written
// limits     rows, count ≥ 1; any alignment
// cost       8·rows·count bytes, no flops; a 64-bit division a thread
// next       v2 moves four channels a thread and divides 64-bit numbers once a block
#include "kernels/concat/concat.h"
#include "kernels/device/vector.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void copy_channels_v1_naive_kernel(CopyChannelsArgs a) {
  const std::int64_t t = grid_thread();
  if (t >= a.rows * a.count) return;
  const std::int64_t row = t / a.count, channel = t % a.count;
  a.y[row * a.y_channels + a.to + channel] = a.x[row * a.x_channels + a.from + channel];
}

void copy_channels_v1_naive(Stream& stream, const CopyChannelsArgs& a) {
  constexpr int block = 256;
  launch(stream,
         {"copy_channels_v1_naive", blocks_for(a.rows * a.count, block), block, 0,
          copy_channels_cost(a)},
         copy_channels_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
