// pool2d_block.cuh: the thread mapping of the v3 variants: a block an output pixel and channel
// group.
//
//   grid.x = output pixel·groups + channel group
//   thread t of 256: channel t % k of the group's k, pixels t / k, t / k + 256 / k, … of the
//   window; then the 256 / k partial results of a channel are joined pairwise in shared memory,
//   slot i with slot i + half, i + quarter, …: an order that depends on k alone, and k on C
#pragma once

#include "kernels/pool2d/pool2d.h"
#include "kernels/pool2d/pool2d_windows.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

constexpr int kWindowBlock = 256;

struct WindowPlace {
  PoolRange rows, columns;  // the window's pixels inside the image
  int p, q;
  long long n, output;  // output: offset of channel 0 in y
  int c, slot;
};

template <int kChannels>
__device__ __forceinline__ WindowPlace window_place(const Pool2dShape& s) {
  static_assert(kWindowBlock % kChannels == 0);
  const int groups = (s.c + kChannels - 1) / kChannels;
  const long long pixel = static_cast<int>(blockIdx.x) / groups;
  const int group = static_cast<int>(blockIdx.x) % groups;
  const int q = static_cast<int>(pixel % s.q()), p = static_cast<int>(pixel / s.q() % s.p());
  return {pool_pixels(s.rows(), p),
          pool_pixels(s.columns(), q),
          p,
          q,
          pixel / s.q() / s.p(),
          pixel * s.c,
          group * kChannels + static_cast<int>(threadIdx.x) % kChannels,
          static_cast<int>(threadIdx.x) / kChannels};
}

// As many lanes on channels as there are channels to read side by side, the rest on pixels.
template <class Args>
struct WindowKernels {
  void (*few)(Args);   // 8 channels
  void (*some)(Args);  // 16
  void (*many)(Args);  // 32
};
template <class Args>
void launch_window_blocks(Stream& stream, const char* name, Cost cost, WindowKernels<Args> kernels,
                          const Args& args) {
  const Pool2dShape& s = args.shape;
  const int channels = s.c <= 8 ? 8 : s.c <= 16 ? 16 : 32;
  const long long blocks = 1LL * s.n * s.p() * s.q() * blocks_for(s.c, channels);
  launch(stream, {name, blocks_for(blocks, 1), kWindowBlock, 0, cost},
         channels == 8    ? kernels.few
         : channels == 16 ? kernels.some
                          : kernels.many,
         args);
}

}  // namespace
}  // namespace pellucid::PELLUCID_BACKEND
