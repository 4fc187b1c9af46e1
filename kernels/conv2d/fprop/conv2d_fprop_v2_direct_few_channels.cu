// conv2d_fprop_v2_direct_few_channels.cu: direct convolution of images with 1 to 4 channels.
//
// computes   conv2d.h, fprop;   x: (N, H, W, C), w: (K, R, S, C), y: (N, P, Q, K)
// mapping    a block computes an 8 × 64 tile of one image's outputs for 16 filters; thread (i, j)
//            of its 8 × 16 the outputs (i, j), (i, j + 16), (i, j + 32), (i, j + 48):
//
//              x with its halo, in shared memory        16 × 8 threads, 4 outputs each
//              ┌───────────────────────────────┐        ┌ j 0…15 ┬ 16…31 ┬ 32…47 ┬ 48…63 ┐
//              │  (8−1)·stride + reach rows    │   →  i │ thread │ same  │ same  │ same  │
//              │ (64−1)·stride + reach columns │        └────────┴───────┴───────┴───────┘
//
// idea       with so few channels a GEMM's gather costs as much as its products. Here the tile of x
//            is read once, coalesced, and a weight that a thread reads (the same address for all
//            lanes) serves 4 outputs, a pixel 16 filters: 64 sums in registers, 5 float4 a tap
// limits     one group, C ≤ 4; the halo tile and 16 filters must fit into 48 KiB of shared memory
// cost       2·N·P·Q·K·R·S·C flops; x is read ⌈K/16⌉ times, plus the halos
// next       stores of y by way of shared memory: a lane now writes 64 bytes of its own
#include "kernels/alignment.h"
#include "kernels/conv2d/conv2d_direct_size.h"
#include "kernels/device/float8.cuh"
#include "kernels/device/shared.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

constexpr int kDirectRows = Conv2dDirectTile::kRows, kDirectColumns = Conv2dDirectTile::kColumns;
constexpr int kDirectFilters = Conv2dDirectTile::kFilters;
constexpr int kDirectThreadColumns = 16;
constexpr int kDirectThreads = kDirectRows * kDirectThreadColumns;
constexpr int kDirectOutputs = kDirectColumns / kDirectThreadColumns;
static_assert(kDirectThreads % 32 == 0 && kDirectFilters == 16 && kDirectOutputs == 4);

// The halo tile lies in shared memory as (C, rows, pitch).
struct DirectTile {
  int rows, columns, pitch;
  int p_count, q_count, p_tiles, q_tiles, filter_tiles;
  bool vector_out;
};

template <int kChannels>
__device__ __forceinline__ void load_halo(const Conv2dFpropArgs& a, const DirectTile& tile, int n,
                                          int first_p, int first_q, float* halo) {
  const Conv2dShape& d = a.shape;
  const int thread = static_cast<int>(threadIdx.x);
  const int plane = tile.rows * tile.pitch;
  for (int row = thread / kDirectThreadColumns; row < tile.rows; row += kDirectRows) {
    const int h = first_p * d.stride_h - d.pad_h + row;
    for (int e = thread % kDirectThreadColumns; e < tile.columns * kChannels;
         e += kDirectThreadColumns) {
      const int column = e / kChannels, c = e % kChannels;
      const int w = first_q * d.stride_w - d.pad_w + column;
      const bool inside = h >= 0 && h < d.h && w >= 0 && w < d.w;
      halo[c * plane + row * tile.pitch + column] =
          inside ? a.x[((static_cast<long long>(n) * d.h + h) * d.w + w) * kChannels + c] : 0.0f;
    }
  }
}

template <int kChannels>
__global__ void __launch_bounds__(kDirectThreads)
    conv2d_fprop_v2_direct_kernel(Conv2dFpropArgs a, DirectTile tile) {
  const Conv2dShape& d = a.shape;
  const int taps = d.r * d.s * kChannels;
  float* weights = dynamic_shared_floats();  // (taps, 16)
  float* halo = weights + taps * kDirectFilters;

  const int thread = static_cast<int>(threadIdx.x), block = static_cast<int>(blockIdx.x);
  const int first_k = block % tile.filter_tiles * kDirectFilters;
  int place = block / tile.filter_tiles;
  const int first_q = place % tile.q_tiles * kDirectColumns;
  place /= tile.q_tiles;
  const int first_p = place % tile.p_tiles * kDirectRows, n = place / tile.p_tiles;

  for (int e = thread; e < taps * kDirectFilters; e += kDirectThreads) {
    const int k = first_k + e % kDirectFilters;
    weights[e] = k < d.k ? a.w[static_cast<long long>(k) * taps + e / kDirectFilters] : 0.0f;
  }
  load_halo<kChannels>(a, tile, n, first_p, first_q, halo);
  __syncthreads();

  const int i = thread / kDirectThreadColumns, j = thread % kDirectThreadColumns;
  const int plane = tile.rows * tile.pitch;
  Float8 sums[kDirectOutputs][2] = {};
  const float* weight = weights;
  for (int r = 0; r < d.r; ++r) {
    for (int s = 0; s < d.s; ++s) {
      const float* pixel = halo + (i * d.stride_h + r * d.dilation_h) * tile.pitch +
                           j * d.stride_w + s * d.dilation_w;
      PELLUCID_UNROLL
      for (int c = 0; c < kChannels; ++c, weight += kDirectFilters) {
        const Float8 low = load8<4>(weight), high = load8<4>(weight + 8);
        PELLUCID_UNROLL
        for (int o = 0; o < kDirectOutputs; ++o) {
          const float value = pixel[c * plane + o * kDirectThreadColumns * d.stride_w];
          multiply_add(sums[o][0], value, low);
          multiply_add(sums[o][1], value, high);
        }
      }
    }
  }

  const int p = first_p + i;
  PELLUCID_UNROLL
  for (int o = 0; o < kDirectOutputs; ++o) {
    const int q = first_q + j + o * kDirectThreadColumns;
    if (p >= tile.p_count || q >= tile.q_count) continue;
    float* y = a.y + ((static_cast<long long>(n) * tile.p_count + p) * tile.q_count + q) * d.k;
    PELLUCID_UNROLL
    for (int quad = 0; quad < kDirectFilters / 4; ++quad) {
      const int k = first_k + quad * 4;
      float values[4];
      PELLUCID_UNROLL
      for (int f = 0; f < 4; ++f) {
        const float sum = sums[o][quad / 2].at[quad % 2 * 4 + f];
        values[f] = a.bias && k + f < d.k ? sum + a.bias[k + f] : sum;
      }
      if (tile.vector_out && k < d.k) {
        store4(y + k, make_float4(values[0], values[1], values[2], values[3]));
      } else {
        PELLUCID_UNROLL
        for (int f = 0; f < 4; ++f)
          if (k + f < d.k) y[k + f] = values[f];
      }
    }
  }
}

}  // namespace

void conv2d_fprop_v2_direct_few_channels(Stream& stream, const Conv2dFpropArgs& a) {
  const Conv2dShape& d = a.shape;
  require(conv2d_fits_direct(a),
          "conv2d_fprop_v2_direct_few_channels: needs one group of 1 to 4 channels and a ",
          "halo tile within 48 KiB of shared memory, got c = ", d.c, ", filter ", d.r, "x", d.s,
          ", stride ", d.stride_h, "x", d.stride_w, ", dilation ", d.dilation_h, "x", d.dilation_w);
  const Conv2dDirectSize size = conv2d_direct_size(d);
  const DirectTile tile{static_cast<int>(size.rows),
                        static_cast<int>(size.columns),
                        static_cast<int>(size.pitch),
                        d.p(),
                        d.q(),
                        static_cast<int>(blocks_for(d.p(), kDirectRows)),
                        static_cast<int>(blocks_for(d.q(), kDirectColumns)),
                        static_cast<int>(blocks_for(d.k, kDirectFilters)),
                        d.k % 4 == 0 && aligned16({a.y})};
  const long long blocks = 1LL * d.n * tile.p_tiles * tile.q_tiles * tile.filter_tiles;
  const auto kernel = d.c == 1   ? conv2d_fprop_v2_direct_kernel<1>
                      : d.c == 2 ? conv2d_fprop_v2_direct_kernel<2>
                      : d.c == 3 ? conv2d_fprop_v2_direct_kernel<3>
                                 : conv2d_fprop_v2_direct_kernel<4>;
  launch(stream,
         {"conv2d_fprop_v2_direct_few_channels", blocks_for(blocks, 1), kDirectThreads,
          static_cast<std::size_t>(size.shared_bytes), conv2d_fprop_cost(d)},
         kernel, a, tile);
}

}  // namespace pellucid::PELLUCID_BACKEND
