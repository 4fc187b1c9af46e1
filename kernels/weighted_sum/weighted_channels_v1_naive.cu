// weighted_channels_v1_naive.cu: a weighted sum of the channels of a place, one thread a place.
//
// computes   y[n,i] = Σ_k w[n,k]·x[n,i,k];   x: (N, I, K), w: (N, K), y: (N, I)
// mapping    thread t of the grid takes place t = n·I + i and walks k upwards
// idea       the formula as written
// limits     N, I, K ≥ 1
// cost       2·N·I·K flops; neighbouring threads read x K values apart, so each load of a warp touches
//            up to 32 sectors
// next       v2 gives the channels of a place to the lanes of a warp
#include "kernels/device/vector.cuh"
#include "kernels/weighted_sum/weighted_sum.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void weighted_channels_v1_naive_kernel(WeightedChannelsArgs a) {
  const std::int64_t place = grid_thread();
  if (place >= std::int64_t{a.n} * a.i) return;
  const float* x = a.x + place * a.k;
  const float* w = a.w + place / a.i * a.k;
  float sum = 0;
  for (int k = 0; k < a.k; ++k) sum = fmaf(x[k], w[k], sum);
  a.y[place] = sum;
}

void weighted_channels_v1_naive(Stream& stream, const WeightedChannelsArgs& a) {
  constexpr int block = 128;
  launch(stream,
         {"weighted_channels_v1_naive", blocks_for(1LL * a.n * a.i, block), block, 0,
          weighted_channels_cost(a)},
         weighted_channels_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
