// warp.cuh: shuffles, votes and reductions within a warp. All 32 lanes must be alive and take part.
#pragma once

#include "runtime/launch/backend.h"

namespace pellucid::PELLUCID_BACKEND {

constexpr int kWarp = 32;
constexpr unsigned kFullMask = 0xFFFFFFFFu;

// Position of the thread in its block, x fastest; its lane and its warp.
__device__ __forceinline__ int thread_rank() {
  return static_cast<int>(threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z));
}
__device__ __forceinline__ int lane_id() { return thread_rank() % kWarp; }
__device__ __forceinline__ int warp_id() { return thread_rank() / kWarp; }

#if defined(__CUDACC__)

template <class T>
__device__ __forceinline__ T shuffle_xor(T value, int lane_mask) {
  return __shfl_xor_sync(kFullMask, value, lane_mask);
}
template <class T>
__device__ __forceinline__ T shuffle(T value, int source_lane) {
  return __shfl_sync(kFullMask, value, source_lane);
}
__device__ __forceinline__ unsigned ballot(bool predicate) {
  return __ballot_sync(kFullMask, predicate);
}

#else

template <class T>
__forceinline__ T shuffle(T value, int source_lane, const char* file = __builtin_FILE(),
                          int line = __builtin_LINE()) {
  static_assert(sizeof(T) == 4, "a shuffle moves 32 bits");
  return __builtin_bit_cast(
      T, emulator::warp_exchange(kFullMask, __builtin_bit_cast(std::uint32_t, value), source_lane,
                                 file, line));
}
template <class T>
__forceinline__ T shuffle_xor(T value, int lane_mask, const char* file = __builtin_FILE(),
                              int line = __builtin_LINE()) {
  return shuffle(value, lane_id() ^ lane_mask, file, line);
}
__forceinline__ unsigned ballot(bool predicate, const char* file = __builtin_FILE(),
                                int line = __builtin_LINE()) {
  return emulator::warp_ballot(kFullMask, predicate, file, line);
}

#endif

// Butterfly reductions: every lane gets the result; the order of the additions is fixed.
__device__ __forceinline__ float warp_sum(float value) {
  for (int step = kWarp / 2; step > 0; step /= 2) value += shuffle_xor(value, step);
  return value;
}
__device__ __forceinline__ float warp_max(float value) {
  for (int step = kWarp / 2; step > 0; step /= 2) value = fmaxf(value, shuffle_xor(value, step));
  return value;
}
__device__ __forceinline__ float warp_min(float value) {
  for (int step = kWarp / 2; step > 0; step /= 2) value = fminf(value, shuffle_xor(value, step));
  return value;
}

}  // namespace pellucid::PELLUCID_BACKEND
