// conv2d_fprop_v3_implicit_gemm.cu: convolution as a tiled matrix product over gathered pixels.
//
// computes   conv2d.h, fprop;   x: (N, H, W, C), w: (K, R, S, C / groups), y: (N, P, Q, K)
// mapping    implicit_gemm.cuh: pixels are the N·P·Q outputs, columns the K filters; tiles of
//            256×16 for K ≤ 16 (the paper's network), else 64×64
// idea       im2col without its matrix: a tile of x and one of w in shared memory, 4×8 outputs in a
//            thread's registers; float4 gathers where C % 4 == 0 and x is aligned
// limits     at most 65,535 groups
// cost       2·N·P·Q·K·R·S·C flops; x is gathered ⌈K/16⌉ (⌈K/64⌉) times R·S from L1/L2
// next       gathering step i + 1 (cp.async) while step i is multiplied; TF32 tensor cores
#include "kernels/alignment.h"
#include "kernels/conv2d/implicit_gemm.cuh"

namespace pellucid::PELLUCID_BACKEND {
namespace {

struct FpropGemm {
  Conv2dShape d;
  const float* image;    // x
  const float* weights;  // (columns, taps)
  const float* bias;
  float* out;  // y
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
    const int q = pixel % q_count, row = pixel / q_count;
    image_row = row / p_count * d.h;
    h = row % p_count * d.stride_h - d.pad_h;
    w = q * d.stride_w - d.pad_w;
  }

  __device__ __forceinline__ int source(int image_row, int h, int w, GemmTap tap) const {
    h += tap.r * d.dilation_h;
    w += tap.s * d.dilation_w;
    if (h < 0 || h >= d.h || w < 0 || w >= d.w) return -1;
    return ((image_row + h) * d.w + w) * d.c + tap.channel;
  }

  // A row of w is contiguous along the taps, tile.b along the columns: lanes take neighbouring
  // columns, so that the four stores that turn a float4 by 90° meet different banks.
  template <class Tile>
  __device__ __forceinline__ void load_weights(Tile& tile, int first_tap, int first_column) const {
    const int taps = r_count * s_count * channels;
    for (int e = static_cast<int>(threadIdx.x); e < Tile::kColumns * Tile::kQuads;
         e += Tile::kThreads) {
      const int column = e % Tile::kColumns, depth = e / Tile::kColumns * 4;
      const int tap = first_tap + depth;
      const bool inside = first_column + column < columns;
      const float* from = weights + static_cast<long long>(first_column + column) * taps + tap;
      float four[4] = {};
      if (vector_weights) {
        if (inside && tap < taps) {
          const float4 value = load4(from);
          four[0] = value.x, four[1] = value.y, four[2] = value.z, four[3] = value.w;
        }
      } else {
        PELLUCID_UNROLL
        for (int j = 0; j < 4; ++j)
          if (inside && tap + j < taps) four[j] = from[j];
      }
      PELLUCID_UNROLL
      for (int j = 0; j < 4; ++j) tile.b[depth + j][column] = four[j];
    }
  }
};

}  // namespace

void conv2d_fprop_v3_implicit_gemm(Stream& stream, const Conv2dFpropArgs& a) {
  const Conv2dShape& d = a.shape;
  const long long pixels = static_cast<long long>(d.n) * d.p() * d.q();
  const FpropGemm op{d,
                     a.x,
                     a.w,
                     a.bias,
                     a.y,
                     d.r,
                     d.s,
                     d.group_c(),
                     d.group_k(),
                     d.k,
                     pixels,
                     d.p(),
                     d.q(),
                     d.taps() % 4 == 0 && aligned16({a.w}),
                     d.group_k() % 4 == 0 && aligned16({a.y})};
  launch_implicit_gemm(stream, "conv2d_fprop_v3_implicit_gemm", conv2d_fprop_cost(d), op, d.groups,
                       d.group_c() % 4 == 0 && aligned16({a.x}));
}

}  // namespace pellucid::PELLUCID_BACKEND
