// reduce_axes_lanes.cuh: what the v2 and v3 variants of reduce_axes share.
#pragma once

#include "kernels/device/axes.cuh"
#include "kernels/reduce/reduction.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

// One lane's state of its positions.
template <Reduction kFunction>
__device__ __forceinline__ typename Reducer<kFunction>::State lane_state(const ReduceAxesArgs& a,
                                                                         const AxesPlace& at) {
  auto state = Reducer<kFunction>::none();
  if (at.first >= at.end) return state;
  const float* x = a.x + a.shape.base(at.group) + at.column;
  for (int p = at.first; p < at.end; p += at.lanes)
    Reducer<kFunction>::add(state, x[a.shape.offset(p)], p);
  return state;
}

template <Reduction kFunction>
__device__ __forceinline__ void write_result(const ReduceAxesArgs& a, std::int64_t i,
                                             typename Reducer<kFunction>::State state) {
  a.y[i] = Reducer<kFunction>::result(state, a.shape.positions());
  if constexpr (has_winner(kFunction))
    if (a.index) a.index[i] = state.index;
}

}  // namespace
}  // namespace pellucid::PELLUCID_BACKEND
