// axes.cuh: the thread mapping of operators that reduce along axes (kernels/axes.h).
//
// A block of 256 threads is cut into lanes of `width` neighbouring columns, a power of two up to 32, and
// these into groups of `lanes`: thread t takes column t % width, lane t / width % lanes, of group
// t / (width · lanes); lane l walks positions l, l + lanes, … . So neighbouring threads read neighbouring
// addresses, of columns or, where there is one, of positions, and short groups share a block. A long group is
// cut into parts, a block each.
//
//   grid.x = (group · parts + part) / groups of a block · slabs + slab;   a slab is `width` columns
//
// How many lanes and parts there are depends on positions and columns alone, so that no sum's order depends on
// the number of groups.
#pragma once

#include "kernels/axes.h"
#include "kernels/device/unroll.cuh"
#include "kernels/device/warp.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

constexpr int kAxesBlock = 256;

struct AxesGrid {
  int width, lanes, slabs;
  int part, parts;  // positions of a part, and their number
  unsigned blocks;
};

constexpr int power_of_two(std::int64_t least, int most) {
  int power = 1;
  while (power < least && power < most) power *= 2;
  return power;
}

// As many lanes as leave a thread `values` of a group's positions, or make a warp; if `split`, parts where a
// block does not reach.
inline AxesGrid axes_grid(std::int64_t groups, int positions, int columns, int values, bool split) {
  AxesGrid grid{};
  grid.width = power_of_two(columns, kWarp);
  grid.slabs = (columns + grid.width - 1) / grid.width;
  const int least = power_of_two(positions, kWarp / grid.width);
  grid.lanes =
      std::max(least, power_of_two((positions + values - 1) / values, kAxesBlock / grid.width));
  grid.part = split ? std::min(positions, values * grid.lanes) : positions;
  grid.parts = (positions + grid.part - 1) / grid.part;
  const int of_block = kAxesBlock / (grid.width * grid.lanes);
  grid.blocks = blocks_for(1LL * blocks_for(groups * grid.parts, of_block) * grid.slabs, 1);
  return grid;
}
inline AxesGrid axes_grid(const AxesShape& shape, int values, bool split) {
  return axes_grid(shape.groups(), shape.positions(), shape.columns(), values, split);
}

struct AxesPlace {
  std::int64_t group;
  int part, column, lane, lanes;
  int first,
      end;  // the thread's first position, and where its part ends; nothing outside the array

  // Of the part's result, (groups, parts, columns).
  __device__ __forceinline__ std::int64_t result(int parts, int columns) const {
    return (group * parts + part) * columns + column;
  }
};

__device__ __forceinline__ AxesPlace axes_place(const AxesGrid& grid, std::int64_t groups,
                                                int positions, int columns) {
  const int thread = static_cast<int>(threadIdx.x), of_group = grid.width * grid.lanes;
  const int slab = static_cast<int>(blockIdx.x) % grid.slabs;
  const std::int64_t unit =
      std::int64_t{blockIdx.x} / grid.slabs * (kAxesBlock / of_group) + thread / of_group;
  AxesPlace at{};
  at.group = unit / grid.parts;
  at.part = static_cast<int>(unit % grid.parts);
  at.column = slab * grid.width + thread % grid.width;
  at.lane = thread / grid.width % grid.lanes;
  at.lanes = grid.lanes;
  const int begin = at.part * grid.part;
  const bool inside = at.group < groups && at.column < columns;
  at.first = begin + at.lane;
  at.end = inside ? begin + min(grid.part, positions - begin) : 0;
  return at;
}
__device__ __forceinline__ AxesPlace axes_place(const AxesGrid& grid, const AxesShape& shape) {
  return axes_place(grid, shape.groups(), shape.positions(), shape.columns());
}

// Joins the lanes of each column, halves by halves, for every lane. Every thread of the block must call;
// scratch: a State a thread.
template <class State, class Join>
__device__ __forceinline__ State join_lanes(State state, State* scratch, const AxesGrid& grid,
                                            const Join& join) {
  if (grid.lanes == 1) return state;
  const int thread = static_cast<int>(threadIdx.x), lane = thread / grid.width % grid.lanes;
  scratch[thread] = state;
  for (int half = grid.lanes / 2; half >= 1; half /= 2) {
    __syncthreads();  // the other half's states must be there
    if (lane < half) scratch[thread] = join(scratch[thread], scratch[thread + half * grid.width]);
  }
  __syncthreads();  // the first lane's states are the totals
  const State total = scratch[thread - lane * grid.width];
  __syncthreads();  // and must be read before the next call overwrites them
  return total;
}

__device__ __forceinline__ float sum_axes_lanes(float value, float* scratch, const AxesGrid& grid) {
  return join_lanes(value, scratch, grid, [](float a, float b) { return a + b; });
}

}  // namespace
}  // namespace pellucid::PELLUCID_BACKEND
