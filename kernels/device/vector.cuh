// vector.cuh: 16-byte loads and stores, and the thread's place in a one-dimensional grid.
#pragma once

#include <cstdint>

#include "runtime/backend.h"

namespace pellucid::PELLUCID_BACKEND {

constexpr int kVector = 4;  // floats a float4

// p must be aligned to 16 bytes; the launcher checks it (kernels/alignment.h).
__device__ __forceinline__ float4 load4(const float* p) {
  return *reinterpret_cast<const float4*>(p);
}
__device__ __forceinline__ void store4(float* p, float4 value) {
  *reinterpret_cast<float4*>(p) = value;
}

// 64 bits, since a grid may have more than 2^31 threads.
__device__ __forceinline__ std::int64_t grid_thread() {
  return static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
}

}  // namespace pellucid::PELLUCID_BACKEND
