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
#include "kernels/conv2d/conv2d_quads.cuh"

namespace pellucid::PELLUCID_BACKEND {

__global__ void __launch_bounds__(kQuadThreads)
    conv2d_relu_pool_v2_quads_kernel(Conv2dReluPoolArgs a, QuadTile tile) {
  const Conv2dShape& d = a.shape;
  convolve_quads(
      a, tile,
      [&](Float8(&sums)[4][2], const QuadPlace& at, int channels, int plane, const float* halo,
          const float* weight) {
        for (int r = 0; r < d.r; ++r) {
          for (int s = 0; s < d.s; ++s) {
            const float* pixel = halo + (2 * at.i * d.stride_h + r * d.dilation_h) * tile.pitch +
                                 2 * at.j * d.stride_w + s * d.dilation_w;
            const float* below = pixel + d.stride_h * tile.pitch;
            for (int c = 0; c < channels; ++c, weight += kQuadFilters) {
              const int here = c * plane, beside = here + d.stride_w;
              const float x[4] = {pixel[here], pixel[beside], below[here], below[beside]};
              multiply_quad(sums, x, weight);
            }
          }
        }
      });
}

void conv2d_relu_pool_v2_quads(Stream& stream, const Conv2dReluPoolArgs& a) {
  const Conv2dShape& d = a.shape;
  require(conv2d_fits_quads(a),
          "conv2d_relu_pool_v2_quads: needs pool 1 or 2 and a halo tile within 48 KiB of shared "
          "memory, got pool ",
          a.pool, ", filter ", d.r, "x", d.s, ", stride ", d.stride_h, "x", d.stride_w,
          ", dilation ", d.dilation_h, "x", d.dilation_w);
  launch_quads(stream, "conv2d_relu_pool_v2_quads", a, conv2d_relu_pool_v2_quads_kernel);
}

}  // namespace pellucid::PELLUCID_BACKEND
