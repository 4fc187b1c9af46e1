// pool2d_rows.cuh: the thread mapping of the v2 variants: blocks work inside one row of pixels, and
// a thread holds up to four neighbouring channels.
//
//   grid.x = (n·rows + row)·segments + segment
//   thread t of a segment: place = segment·128 + t, column = place / (C / k), channels from
//   place % (C / k)·k on: neighbouring threads take neighbouring channels, then neighbouring pixels
#pragma once

#include <cstdint>

#include "kernels/device/pack.cuh"
#include "kernels/pool2d/pool2d.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

constexpr int kRowBlock = 128;

struct RowPlace {
  int n, row, column, c;
  bool inside;
};

template <int kCount>
__device__ __forceinline__ RowPlace row_place(int rows, int columns, int channels, int segments) {
  const int packs = channels / kCount;
  const int line = static_cast<int>(blockIdx.x) / segments;
  const long long place =
      static_cast<long long>(static_cast<int>(blockIdx.x) % segments) * kRowBlock + threadIdx.x;
  const bool inside = place < static_cast<long long>(columns) * packs;
  // Below columns · packs, which launch_row_blocks() holds below 2^31.
  const int at = inside ? static_cast<int>(place) : 0;
  return {line / rows, line % rows, at / packs, at % packs * kCount, inside};
}

// Runs kernels<k>(args, segments) for k = 1, 2 or 4 over n·rows rows of `columns` pixels.
template <class Args>
using RowKernel = void (*)(Args, int segments);
template <class Args>
struct RowKernels {
  RowKernel<Args> one, two, four;
};
template <class Args>
void launch_row_blocks(Stream& stream, const char* name, Cost cost, RowKernels<Args> kernels,
                       const Args& args, int rows, int columns, int width) {
  const long long packs = 1LL * columns * (args.shape.c / width);
  require(packs < (1LL << 31), name, ": a row of ", columns, " pixels of ", args.shape.c,
          " channels has more than 2^31 values");
  const unsigned segments = blocks_for(packs, kRowBlock);
  const unsigned grid = blocks_for(1LL * args.shape.n * rows * segments, 1);
  launch(stream, {name, grid, kRowBlock, 0, cost},
         width == 4   ? kernels.four
         : width == 2 ? kernels.two
                      : kernels.one,
         args, static_cast<int>(segments));
}

}  // namespace
}  // namespace pellucid::PELLUCID_BACKEND
