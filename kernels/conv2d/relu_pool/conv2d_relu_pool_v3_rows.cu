// conv2d_relu_pool_v3_rows.cu: direct convolution whose threads keep two rows of x in registers.
//
// computes   conv2d_relu_pool.h
// mapping    that of v2: a block a 16 × 32 tile of outputs for 16 filters, a thread a quad
// idea       the two outputs of a row see S + 1 neighbouring values of x, and the row below them
//            is the next tap's row above: a thread loads each value once, two at a time, instead of
//            once a tap. A row's taps then cost (S + 1) / 2 loads of x, not 4·S, beside the 4 of the
//            weights that every tap needs for its 64 multiply-adds. Outputs are written four filters at once
// limits     stride and dilation 1, S = 3 or 5; otherwise those of v2
// cost       2·N·P·Q·K·R·S·C flops; x is read ⌈K/16⌉ times, plus the halos
// next       double buffering of the four channels
#include "kernels/conv2d/relu_pool/conv2d_quads.cuh"
#include "kernels/device/vector.cuh"

namespace pellucid::PELLUCID_BACKEND {
namespace {

// kTaps + 1 neighbouring values of a row, from an even column on.
template <int kTaps>
struct RowValues {
  static_assert(kTaps % 2 == 1, "so that the values are pairs");
  float at[kTaps + 1];
  __device__ __forceinline__ void load(const float* row) {
    PELLUCID_UNROLL
    for (int i = 0; i <= kTaps; i += 2) {
      const float2 pair = load2(row + i);
      at[i] = pair.x;
      at[i + 1] = pair.y;
    }
  }
};

}  // namespace

template <int kTaps, int kStore>
__global__ void __launch_bounds__(kQuadThreads)
    conv2d_relu_pool_v3_rows_kernel(Conv2dReluPoolArgs a, QuadTile tile) {
  const Conv2dShape& d = a.shape;
  const int most_channels = min(d.c, kQuadChannels);
  float* weights = dynamic_shared_floats();  // (R·S·channels, 16)
  float* halo = weights + d.r * d.s * most_channels * kQuadFilters;

  const QuadPlace at = quad_place(tile);
  const int plane = tile.rows * tile.pitch;
  Float8 sums[4][2] = {};
  for (int first_c = 0; first_c < d.c; first_c += kQuadChannels) {
    const int channels = min(kQuadChannels, d.c - first_c);
    if (first_c > 0) __syncthreads();  // until all have used the channels before
    load_quad_weights(a, at.first_k, first_c, channels, weights);
    load_quad_halo(a, tile, at.n, at.first_p, at.first_q, first_c, channels, halo);
    __syncthreads();

    const int next_tap = channels * kQuadFilters;
    for (int c = 0; c < channels; ++c) {
      const float* row = halo + c * plane + 2 * at.i * tile.pitch + 2 * at.j;
      const float* weight = weights + c * kQuadFilters;
      RowValues<kTaps> above, below;
      above.load(row);
      for (int r = 0; r < d.r; ++r) {
        row += tile.pitch;
        below.load(row);
        PELLUCID_UNROLL
        for (int s = 0; s < kTaps; ++s, weight += next_tap) {
          const Float8 low = load8<4>(weight), high = load8<4>(weight + 8);
          const float values[4] = {above.at[s], above.at[s + 1], below.at[s], below.at[s + 1]};
          PELLUCID_UNROLL
          for (int o = 0; o < 4; ++o) {
            multiply_add(sums[o][0], values[o], low);
            multiply_add(sums[o][1], values[o], high);
          }
        }
        above = below;
      }
    }
  }
  write_quad<kStore>(a, tile, at, sums);
}

template <int kTaps>
QuadKernels row_kernels() {
  return {conv2d_relu_pool_v3_rows_kernel<kTaps, 4>, conv2d_relu_pool_v3_rows_kernel<kTaps, 2>,
          conv2d_relu_pool_v3_rows_kernel<kTaps, 1>};
}

void conv2d_relu_pool_v3_rows(Stream& stream, const Conv2dReluPoolArgs& a) {
  const Conv2dShape& d = a.shape;
  require(
      conv2d_fits_quad_rows(a),
      "conv2d_relu_pool_v3_rows: needs pool 1 or 2, filters 3 or 5 wide, stride and dilation 1, "
      "and a halo tile within 48 KiB of shared memory, got pool ",
      a.pool, ", filter ", d.r, "x", d.s, ", stride ", d.stride_h, "x", d.stride_w, ", dilation ",
      d.dilation_h, "x", d.dilation_w);
  launch_quads(stream, "conv2d_relu_pool_v3_rows", a,
               d.s == 3 ? row_kernels<3>() : row_kernels<5>());
}

}  // namespace pellucid::PELLUCID_BACKEND
