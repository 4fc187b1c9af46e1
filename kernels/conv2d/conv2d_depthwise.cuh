// conv2d_depthwise.cuh: the thread mapping of the depthwise kernels of fprop and dgrad.
//
//   grid.x = eight runs · channel groups + channel group
//   warp w of a block takes run 8·(block / groups) + w: eight neighbouring pixels of a row of one image;
//   lane l channel 32·group + l: the lanes read 32 neighbouring floats, and all take the same branches
//
// The weights of the block's 32 channels lie in shared memory as (R·S, 33): read from w in one piece,
// turned by 90° while they are written. Behind them lies the bias, 0 where there is none.
#pragma once

#include "kernels/conv2d/conv2d_depthwise_size.h"
#include "kernels/device/shared.cuh"
#include "kernels/device/unroll.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

constexpr int kDepthwiseRun = Conv2dDepthwiseTile::kOutputs;
constexpr int kDepthwisePitch = Conv2dDepthwiseTile::kPitch;
constexpr int kDepthwiseThreads = Conv2dDepthwiseTile::kChannels * Conv2dDepthwiseTile::kWarps;
static_assert(Conv2dDepthwiseTile::kChannels == 32 && kDepthwisePitch % 2 == 1);

struct DepthwisePlace {
  int n, row, first;  // image, row and first pixel of the run
  int c, lane;
  bool inside;
};

// rows, columns: of what the runs lie on.
__device__ __forceinline__ DepthwisePlace depthwise_place(const Conv2dShape& d, int rows,
                                                          int columns) {
  const int groups = (d.c + 31) / 32, runs = (columns + kDepthwiseRun - 1) / kDepthwiseRun;
  const int block = static_cast<int>(blockIdx.x), lane = static_cast<int>(threadIdx.x) % 32;
  const long long run = static_cast<long long>(block / groups) * Conv2dDepthwiseTile::kWarps +
                        static_cast<int>(threadIdx.x) / 32;
  const int c = block % groups * 32 + lane;
  const long long line = run / runs;
  return {static_cast<int>(line / rows),
          static_cast<int>(line % rows),
          static_cast<int>(run % runs) * kDepthwiseRun,
          c,
          lane,
          c < d.c && line < static_cast<long long>(d.n) * rows};
}

// Fills `weights` and waits for it. bias: (C) or null.
__device__ __forceinline__ void load_depthwise_weights(const Conv2dShape& d, const float* w,
                                                       const float* bias, float* weights) {
  const int taps = d.r * d.s, first_c = static_cast<int>(blockIdx.x) % ((d.c + 31) / 32) * 32;
  const int count = min(32, d.c - first_c) * taps;
  const float* from = w + static_cast<long long>(first_c) * taps;
  for (int e = static_cast<int>(threadIdx.x); e < count; e += kDepthwiseThreads)
    weights[e % taps * kDepthwisePitch + e / taps] = from[e];
  const int c = static_cast<int>(threadIdx.x);
  if (c < 32)
    weights[taps * kDepthwisePitch + c] = bias && first_c + c < d.c ? bias[first_c + c] : 0;
  __syncthreads();
}

__device__ __forceinline__ float depthwise_bias(const Conv2dShape& d, const float* weights,
                                                const DepthwisePlace& at) {
  return weights[d.r * d.s * kDepthwisePitch + at.lane];
}

// rows, columns: as above.
template <class Args>
void launch_depthwise(Stream& stream, const char* name, Cost cost, void (*kernel)(Args, int, int),
                      const Args& args, int rows, int columns) {
  const Conv2dShape& d = args.shape;
  require(
      conv2d_fits_depthwise(args), name,
      ": needs as many groups as channels and filters, and filters of 32 channels within 48 KiB "
      "of shared memory, got ",
      d.groups, " groups, c = ", d.c, ", k = ", d.k, ", filter ", d.r, "x", d.s);
  const long long runs = 1LL * d.n * rows * ((columns + kDepthwiseRun - 1) / kDepthwiseRun);
  const long long blocks = 1LL * blocks_for(runs, Conv2dDepthwiseTile::kWarps) * ((d.c + 31) / 32);
  launch(stream,
         {name, blocks_for(blocks, 1), kDepthwiseThreads,
          static_cast<std::size_t>(conv2d_depthwise_shared_bytes(d)), cost},
         kernel, args, d.p(), d.q());
}

}  // namespace
}  // namespace pellucid::PELLUCID_BACKEND
