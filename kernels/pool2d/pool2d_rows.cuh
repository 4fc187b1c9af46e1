// pool2d_rows.cuh: the thread mapping of the v2 variants: blocks work inside one row of pixels, and
// a thread holds up to four neighbouring channels.
//
//   grid.x = (n·rows + row)·segments + segment
//   thread t of a segment: place = segment·128 + t, column = place / (C / k), channels from
//   place % (C / k)·k on: neighbouring threads take neighbouring channels, then neighbouring pixels
#pragma once

#include <cstdint>

#include "kernels/device/divide.cuh"
#include "kernels/device/pack.cuh"
#include "kernels/pool2d/pool2d.h"
#include "kernels/pool2d/pool2d_windows.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

constexpr int kRowBlock = 128;

// How the grid is cut, each number with the reciprocal that divides by it.
struct RowGrid {
  Divider segments, rows, packs;
  int columns;
};

struct RowPlace {
  int n, row, column, c;
  bool inside;
  long long pixel;  // (n·rows + row)·columns + column
};

template <int kCount>
__device__ __forceinline__ RowPlace row_place(const RowGrid& grid) {
  const Divided line = divide(static_cast<int>(blockIdx.x), grid.segments);
  const Divided row = divide(line.quotient, grid.rows);
  const long long place = static_cast<long long>(line.rest) * kRowBlock + threadIdx.x;
  const bool inside = place < static_cast<long long>(grid.columns) * grid.packs.divisor;
  // Below columns · packs, which launch_row_blocks() holds below 2^31.
  const Divided at = divide(inside ? static_cast<int>(place) : 0, grid.packs);
  return {row.quotient, row.rest,
          at.quotient,  at.rest * kCount,
          inside,       static_cast<long long>(line.quotient) * grid.columns + at.quotient};
}

// Windows of 2 × 2 side by side, of whole pixels of the image: what a kernel computes of them takes shifts where
// others take divisions, and its loops have a fixed length.
inline bool is_two_by_two(const Pool2dShape& s) {
  return s.window_h == 2 && s.window_w == 2 && s.stride_h == 2 && s.stride_w == 2 && s.pad_h == 0 &&
         s.pad_w == 0 && s.pad_bottom == 0 && s.pad_right == 0 && s.dilation_h == 1 &&
         s.dilation_w == 1 && !s.ceil;
}
// pool_pixels() and pool_windows(), of an axis of such windows with kTwo.
template <bool kTwo>
__device__ __forceinline__ PoolRange window_pixels(const PoolAxis& axis, int output) {
  if constexpr (kTwo) return {2 * output, 2 * output + 2};
  else return pool_pixels(axis, output);
}
template <bool kTwo>
__device__ __forceinline__ PoolRange windows_over(const PoolAxis& axis, int input, int outputs) {
  if constexpr (kTwo) return {input / 2, input / 2 + 1};  // none where first == outputs
  else return pool_windows(axis, input, outputs);
}
template <bool kTwo>
__device__ __forceinline__ int window_outputs(const PoolAxis& axis, bool ceil) {
  return kTwo ? axis.extent / 2 : axis.outputs(ceil);
}
template <bool kTwo>
__device__ __forceinline__ int window_step(int dilation) {
  return kTwo ? 1 : dilation;
}

// Runs kernels<k>(args, grid) for k = 1, 2 or 4 channels a thread over n·rows rows of `columns` pixels.
template <class Args>
using RowKernel = void (*)(Args, RowGrid);
template <class Args>
struct RowKernels {
  RowKernel<Args> one, two, four;
};
// two_by_two: the kernels for those windows.
template <class Args>
void launch_row_blocks(Stream& stream, const char* name, Cost cost, RowKernels<Args> kernels,
                       RowKernels<Args> two_by_two, const Args& args, int rows, int columns,
                       int width) {
  const long long packs = 1LL * columns * (args.shape.c / width);
  require(packs < (1LL << 31), name, ": a row of ", columns, " pixels of ", args.shape.c,
          " channels has more than 2^31 values");
  const unsigned segments = blocks_for(packs, kRowBlock);
  const unsigned blocks = blocks_for(1LL * args.shape.n * rows * segments, 1);
  const RowGrid grid{divider(static_cast<int>(segments)), divider(rows),
                     divider(args.shape.c / width), columns};
  const RowKernels<Args>& chosen = is_two_by_two(args.shape) ? two_by_two : kernels;
  launch(stream, {name, blocks, kRowBlock, 0, cost},
         width == 4   ? chosen.four
         : width == 2 ? chosen.two
                      : chosen.one,
         args, grid);
}

}  // namespace
}  // namespace pellucid::PELLUCID_BACKEND
