// weighted_channels_v2_warp.cu: a weighted sum of the channels of a place, split over a warp's lanes.
//
// computes   y[n,i] = Σ_k w[n,k]·x[n,i,k];   x: (N, I, K), w: (N, K), y: (N, I)
// mapping    a warp takes 8 places of one picture, a block 32; lane l adds up k = 4l … 4l + 3 of every
//            128 channels
// idea       lanes read neighbouring channels in one request, a load of w serves 8 places, and the lanes'
//            sums meet in a butterfly of shuffles: the additions of linear_v3_warp in its order, with
//            every warp of a block at work where a layer of one output would leave three idle
// limits     N, I, K ≥ 1; float4 loads where K % 4 == 0, float2 where K % 2 == 0, else single ones
// cost       2·N·I·K flops, 5 shuffles a place
// next       of 14 channels four lanes work: a place a group of lanes would use the rest, for another
//            order of the sums
#include "kernels/device/row_load.cuh"
#include "kernels/device/warp.cuh"
#include "kernels/weighted_sum/weighted_sum.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

constexpr int kWarpPlaces = 8;
constexpr int kChannelsBlock = 128;
constexpr int kBlockPlaces = kWarpPlaces * (kChannelsBlock / kWarp);
static_assert(kWarpPlaces <= kWarp, "a lane writes at most one place");

__global__ void __launch_bounds__(kChannelsBlock)
    weighted_channels_v2_warp_kernel(WeightedChannelsArgs a, int picture_blocks, int x_width,
                                     int w_width) {
  const int n = static_cast<int>(blockIdx.x) / picture_blocks;
  const int first =
      static_cast<int>(blockIdx.x) % picture_blocks * kBlockPlaces + warp_id() * kWarpPlaces;
  const float* w = a.w + static_cast<long long>(n) * a.k;
  // Past the last place a warp repeats it: all lanes stay alive for the shuffles, and what they compute
  // is not written.
  const float* x[kWarpPlaces];
  for (int p = 0; p < kWarpPlaces; ++p)
    x[p] = a.x + (static_cast<long long>(n) * a.i + min(first + p, a.i - 1)) * a.k;

  float sums[kWarpPlaces] = {};
  for (int k = 4 * lane_id(); k < a.k; k += 4 * kWarp) {
    const float4 w4 = load_row4(w + k, a.k - k, w_width);
    for (int p = 0; p < kWarpPlaces; ++p)
      sums[p] = dot4(load_row4(x[p] + k, a.k - k, x_width), w4, sums[p]);
  }

  float mine = 0;
  for (int p = 0; p < kWarpPlaces; ++p) {
    const float sum = warp_sum(sums[p]);
    if (lane_id() == p) mine = sum;
  }
  const int place = first + lane_id();
  if (lane_id() < kWarpPlaces && place < a.i) a.y[static_cast<long long>(n) * a.i + place] = mine;
}

}  // namespace

void weighted_channels_v2_warp(Stream& stream, const WeightedChannelsArgs& a) {
  const unsigned picture_blocks = blocks_for(a.i, kBlockPlaces);
  launch(stream,
         {"weighted_channels_v2_warp", blocks_for(1LL * a.n * picture_blocks, 1), kChannelsBlock, 0,
          weighted_channels_cost(a)},
         weighted_channels_v2_warp_kernel, a, static_cast<int>(picture_blocks),
         load_width(a.x, a.k), load_width(a.w, a.k));
}

}  // namespace pellucid::PELLUCID_BACKEND
