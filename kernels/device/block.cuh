// block.cuh: reductions over a block of kThreads threads; every thread must call and gets the
// result.
#pragma once

#include "kernels/device/warp.cuh"

namespace pellucid::PELLUCID_BACKEND {

// Joins the warps' results, which `combine` folds in the order of the warps. Each instance owns its
// buffer; the second barrier keeps a following call from overwriting it while it is still read.
template <int kThreads, class Combine>
__device__ __forceinline__ float join_warps(float warp_result, Combine combine) {
  static_assert(kThreads % kWarp == 0 && kThreads <= 1024);
  constexpr int kWarps = kThreads / kWarp;
  __shared__ float results[kWarps];
  if (lane_id() == 0) results[warp_id()] = warp_result;
  __syncthreads();
  float total = results[0];
  for (int warp = 1; warp < kWarps; ++warp) total = combine(total, results[warp]);
  __syncthreads();
  return total;
}

template <int kThreads>
__device__ __forceinline__ float block_sum(float value) {
  return join_warps<kThreads>(warp_sum(value), [](float a, float b) { return a + b; });
}
template <int kThreads>
__device__ __forceinline__ float block_max(float value) {
  return join_warps<kThreads>(warp_max(value), [](float a, float b) { return fmaxf(a, b); });
}
template <int kThreads>
__device__ __forceinline__ float block_min(float value) {
  return join_warps<kThreads>(warp_min(value), [](float a, float b) { return fminf(a, b); });
}

}  // namespace pellucid::PELLUCID_BACKEND
