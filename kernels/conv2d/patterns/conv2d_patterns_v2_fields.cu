// conv2d_patterns_v2_fields.cu: the fields of 32 rows in shared memory, a lane a row.
//
// computes   conv2d_patterns.h
// mapping    a block computes 32 rows for 16 filters; lane l of warp v the row 32·b + l for filters
//            4v … 4v + 3, all outputs of its pooling window at once:
//
//              fields, 4 channels, in shared memory           registers of a lane
//              ┌ row 0 ┐┌ row 1 ┐    ┌ row 31 ┐
//              │ field ││ field │ …  │ field  │   →    pool² outputs × 4 filters  →  y: 1 × 4
//              └───────┘└───────┘    └────────┘
//
// idea       looking an input up costs three dependent loads: it is done once for all 16 filters and
//            for all taps that see it. At a tap the lanes read neighbouring words, and all the same
//            weights
// limits     pool 1 or 2; fields and weights of 4 channels must fit into 48 KiB of shared memory
// cost       2·count·pool²·K·R·S·C flops; fields are read ⌈K/16⌉ times
// next       rows that see one pattern of their whole field need no look-up each
#include "kernels/conv2d/patterns/conv2d_patterns.cuh"
#include "kernels/conv2d/patterns/conv2d_patterns_size.h"
#include "kernels/device/running_max.cuh"
#include "kernels/device/shared.cuh"
#include "kernels/device/unroll.cuh"
#include "kernels/device/vector.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

using Tile = Conv2dPatternsTile;
constexpr int kWarps = 4, kWarpFilters = Tile::kFilters / kWarps;
constexpr int kThreads = 32 * kWarps;
static_assert(Tile::kRows == 32 && kWarpFilters == 4, "a lane a row, a float4 of filters");

}  // namespace

template <int kPool>
__global__ void __launch_bounds__(kThreads)
    conv2d_patterns_v2_fields_kernel(Conv2dPatternsArgs a, int columns, int filter_tiles) {
  const Conv2dShape& d = a.shape;
  const int lane = static_cast<int>(threadIdx.x) % 32, warp = static_cast<int>(threadIdx.x) / 32;
  const int block = static_cast<int>(blockIdx.x);
  const int t = block / filter_tiles * Tile::kRows + lane;
  const int first_k = block % filter_tiles * Tile::kFilters;
  const int field_h = a.field_h(), field_w = a.field_w(), field = field_h * field_w;
  const int most_channels = min(d.c, Tile::kChannels), places = d.r * d.s;
  float* weights = dynamic_shared_floats();                           // (R·S, channels, 16)
  float* fields = weights + places * most_channels * Tile::kFilters;  // (channels, field, pitch)

  const bool mine = t < a.count;
  const PatternRow row = mine ? a.rows[t] : PatternRow{};
  const int first_h = row.place / columns * kPool * d.stride_h - d.pad_h;
  const int first_w = row.place % columns * kPool * d.stride_w - d.pad_w;

  float sums[kPool * kPool][kWarpFilters] = {};
  for (int first_c = 0; first_c < d.c; first_c += Tile::kChannels) {
    const int channels = min(Tile::kChannels, d.c - first_c);
    if (first_c > 0) __syncthreads();  // until all have used the channels before
    for (int i = static_cast<int>(threadIdx.x); i < places * Tile::kFilters; i += kThreads) {
      const int place = i / Tile::kFilters, filter = i % Tile::kFilters, k = first_k + filter;
      const float* from = a.w + (static_cast<long long>(k) * places + place) * d.c + first_c;
      for (int c = 0; c < channels; ++c)
        weights[(place * channels + c) * Tile::kFilters + filter] = k < d.k ? from[c] : 0.0f;
    }
    for (int i = warp; i < field; i += kWarps) {
      const float* from =
          mine ? pattern_pixel(a, row.mask, first_h + i / field_w, first_w + i % field_w) : nullptr;
      for (int c = 0; c < channels; ++c)
        fields[(c * field + i) * Tile::kPitch + lane] = from ? from[first_c + c] : 0.0f;
    }
    __syncthreads();

    for (int c = 0; c < channels; ++c) {
      const float* weight = weights + c * Tile::kFilters + warp * kWarpFilters;
      const float* x = fields + c * field * Tile::kPitch + lane;
      for (int r = 0; r < d.r; ++r) {
        for (int s = 0; s < d.s; ++s, weight += channels * Tile::kFilters) {
          const float4 four = load4(weight);
          const float tap_weights[kWarpFilters] = {four.x, four.y, four.z, four.w};
          PELLUCID_UNROLL
          for (int o = 0; o < kPool * kPool; ++o) {
            const int h = o / kPool * d.stride_h + r * d.dilation_h;
            const int w = o % kPool * d.stride_w + s * d.dilation_w;
            const float value = x[(h * field_w + w) * Tile::kPitch];
            PELLUCID_UNROLL
            for (int f = 0; f < kWarpFilters; ++f) sums[o][f] += value * tap_weights[f];
          }
        }
      }
    }
  }
  if (!mine) return;
  PELLUCID_UNROLL
  for (int f = 0; f < kWarpFilters; ++f) {
    const int k = first_k + warp * kWarpFilters + f;
    if (k >= d.k) break;
    float largest = 0;
    PELLUCID_UNROLL
    for (int o = 0; o < kPool * kPool; ++o)
      largest = running_max(largest, a.bias ? sums[o][f] + a.bias[k] : sums[o][f]);
    a.y[static_cast<long long>(t) * d.k + k] = largest;
  }
}

void conv2d_patterns_v2_fields(Stream& stream, const Conv2dPatternsArgs& a) {
  require(conv2d_patterns_fit_fields(a),
          "conv2d_patterns_v2_fields: needs pool 1 or 2 and fields within 48 KiB of shared memory, "
          "got pool ",
          a.pool, " and fields of ", a.field_h(), "x", a.field_w());
  const int filter_tiles = static_cast<int>(blocks_for(a.shape.k, Tile::kFilters));
  const long long blocks = 1LL * blocks_for(a.count, Tile::kRows) * filter_tiles;
  launch(stream,
         {"conv2d_patterns_v2_fields", blocks_for(blocks, 1), kThreads,
          static_cast<std::size_t>(conv2d_patterns_shared_bytes(a)), conv2d_patterns_cost(a)},
         a.pool == 1 ? conv2d_patterns_v2_fields_kernel<1> : conv2d_patterns_v2_fields_kernel<2>, a,
         a.pooled_q(), filter_tiles);
}

}  // namespace pellucid::PELLUCID_BACKEND
