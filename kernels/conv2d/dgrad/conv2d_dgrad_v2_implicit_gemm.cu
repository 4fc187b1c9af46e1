// conv2d_dgrad_v2_implicit_gemm.cu: gradient of the input as a tiled matrix product over gathered
// output pixels.
//
// computes   conv2d.h, dgrad;   dy: (N, P, Q, K), w: (K, R, S, C / groups), dx: (N, H, W, C)
// mapping    implicit_gemm.cuh: pixels are the N·H·W inputs, columns the C channels, taps (r, s,
//            k); tiles of 256×16 for C ≤ 16, else 64×64
// idea       gather: input pixel (h, w) asks, for tap (r, s), for the output pixel p·stride = h +
//            pad − r·dilation; where no such p exists the tap contributes zero. Nothing is scattered,
//            so there are no atomics and the order of the sum is fixed
// limits     at most 65,535 groups
// cost       2·N·H·W·C·R·S·K flops: with a stride, stride_h·stride_w times what is needed
// next       with a stride, one product for each phase (h mod stride, w mod stride) has no zero taps
#include "kernels/alignment.h"
#include "kernels/conv2d/implicit_gemm.cuh"

namespace pellucid::PELLUCID_BACKEND {
namespace {

struct DgradGemm {
  Conv2dShape d;
  const float* image;    // dy
  const float* weights;  // (K, R, S, C / groups)
  const float* bias;     // of a transposed convolution, or null
  float* out;            // dx
  int r_count, s_count, channels, columns, pitch;
  long long pixels;
  int p_count, q_count;
  bool vector_weights, vector_out;

  __device__ __forceinline__ void enter_group(int group) {
    image += group * channels;
    weights += static_cast<long long>(group) * columns * r_count * s_count * channels;
    if (bias) bias += group * columns;
    out += group * columns;
  }

  __device__ __forceinline__ void place(int pixel, int& image_row, int& h, int& w) const {
    const int row = pixel / d.w;
    image_row = row / d.h * p_count;
    h = row % d.h + d.pad_h;
    w = pixel % d.w + d.pad_w;
  }

  __device__ __forceinline__ int source(int image_row, int h, int w, GemmTap tap) const {
    int p = h - tap.r * d.dilation_h, q = w - tap.s * d.dilation_w;
    if (p < 0 || q < 0) return -1;
    if (d.stride_h > 1 || d.stride_w > 1) {  // the same for all threads
      const int times_h = p / d.stride_h, times_w = q / d.stride_w;
      if (times_h * d.stride_h != p || times_w * d.stride_w != q) return -1;
      p = times_h;
      q = times_w;
    }
    if (p >= p_count || q >= q_count) return -1;
    return ((image_row + p) * q_count + q) * d.k + tap.channel;
  }

  template <class Tile>
  __device__ __forceinline__ void load_weights(Tile& tile, int first_tap, int first_column) const {
    constexpr int kQuadsOfRow = Tile::kColumns / 4;
    for (int e = static_cast<int>(threadIdx.x); e < Tile::kDepth * kQuadsOfRow;
         e += Tile::kThreads) {
      const int depth = e / kQuadsOfRow, column = first_column + e % kQuadsOfRow * 4;
      const int tap = first_tap + depth, filter = tap % channels, position = tap / channels;
      const bool inside = position < r_count * s_count;
      const float* from =
          weights + (static_cast<long long>(filter) * r_count * s_count + position) * columns +
          column;
      float* to = &tile.b[depth][e % kQuadsOfRow * 4];
      if (vector_weights) {
        store4(to, inside && column < columns ? load4(from) : make_float4(0, 0, 0, 0));
      } else {
        PELLUCID_UNROLL
        for (int j = 0; j < 4; ++j) to[j] = inside && column + j < columns ? from[j] : 0.0f;
      }
    }
  }
};

}  // namespace

void conv2d_dgrad_v2_implicit_gemm(Stream& stream, const Conv2dDgradArgs& a) {
  const Conv2dShape& d = a.shape;
  const long long pixels = static_cast<long long>(d.n) * d.h * d.w;
  const DgradGemm op{d,
                     a.dy,
                     a.w,
                     a.bias,
                     a.dx,
                     d.r,
                     d.s,
                     d.group_k(),
                     d.group_c(),
                     d.c,
                     pixels,
                     d.p(),
                     d.q(),
                     d.group_c() % 4 == 0 && aligned16({a.w}),
                     d.group_c() % 4 == 0 && aligned16({a.dx})};
  launch_implicit_gemm(stream, "conv2d_dgrad_v2_implicit_gemm", conv2d_dgrad_cost(d), op, d.groups,
                       d.group_k() % 4 == 0 && aligned16({a.dy}));
}

}  // namespace pellucid::PELLUCID_BACKEND
