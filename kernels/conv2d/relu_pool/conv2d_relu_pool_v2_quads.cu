// conv2d_relu_pool_v2_quads.cu: direct convolution whose threads hold whole pooling windows.
//
// computes   conv2d_relu_pool.h
// mapping    a block computes a 16 × 32 tile of one image's convolution outputs for 16 filters;
//            thread (i, j) of its 8 × 16 the 2 × 2 outputs at (2i, 2j), which is one pooling window:
//
//              x with its halo, 4 channels, in shared memory     ┌ 2j, 2j+1 ┐
//              ┌────────────────────────────────┐             2i │  z    z  │ × 16 filters
//              │ (16−1)·stride + reach rows     │   →       2i+1 │  z    z  │ in registers → 1 × 16
//              │ (32−1)·stride + reach columns  │                └──────────┘
//              └────────────────────────────────┘
//
// idea       ReLU and pooling need no exchange between threads, and a masked image is put together
//            while it is loaded: neither the image nor the convolution's output is ever in memory.
//            More than 4 channels come through shared memory four at a time
// limits     pool 1 or 2; the halo tile and 16 filters must fit into 48 KiB of shared memory
// cost       2·N·P·Q·K·R·S·C flops; x is read ⌈K/16⌉ times, plus the halos
// next       v3 takes each value of x from shared memory once for all the taps that see it
#include "kernels/conv2d/relu_pool/conv2d_quads.cuh"

namespace pellucid::PELLUCID_BACKEND {

template <int kStore>
__global__ void __launch_bounds__(kQuadThreads)
    conv2d_relu_pool_v2_quads_kernel(Conv2dReluPoolArgs a, QuadTile tile) {
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

    const float* weight = weights;
    for (int r = 0; r < d.r; ++r) {
      for (int s = 0; s < d.s; ++s) {
        const float* pixel = halo + (2 * at.i * d.stride_h + r * d.dilation_h) * tile.pitch +
                             2 * at.j * d.stride_w + s * d.dilation_w;
        const float* below = pixel + d.stride_h * tile.pitch;
        for (int c = 0; c < channels; ++c, weight += kQuadFilters) {
          const Float8 low = load8<4>(weight), high = load8<4>(weight + 8);
          const float values[4] = {pixel[c * plane], pixel[c * plane + d.stride_w],
                                   below[c * plane], below[c * plane + d.stride_w]};
          PELLUCID_UNROLL
          for (int o = 0; o < 4; ++o) {
            multiply_add(sums[o][0], values[o], low);
            multiply_add(sums[o][1], values[o], high);
          }
        }
      }
    }
  }
  write_quad<kStore>(a, tile, at, sums);
}

void conv2d_relu_pool_v2_quads(Stream& stream, const Conv2dReluPoolArgs& a) {
  const Conv2dShape& d = a.shape;
  require(conv2d_fits_quads(a),
          "conv2d_relu_pool_v2_quads: needs pool 1 or 2 and a halo tile within 48 KiB of shared "
          "memory, got pool ",
          a.pool, ", filter ", d.r, "x", d.s, ", stride ", d.stride_h, "x", d.stride_w,
          ", dilation ", d.dilation_h, "x", d.dilation_w);
  launch_quads(stream, "conv2d_relu_pool_v2_quads", a,
               {conv2d_relu_pool_v2_quads_kernel<4>, conv2d_relu_pool_v2_quads_kernel<2>,
                conv2d_relu_pool_v2_quads_kernel<1>});
}

}  // namespace pellucid::PELLUCID_BACKEND
