// vector.cuh: 8- and 16-byte loads and stores, and the thread's place in a one-dimensional grid.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/launch/backend.h"

namespace pellucid::PELLUCID_BACKEND {

constexpr int kVector = 4;  // floats a float4

#if !defined(__CUDACC__)
// What the host accesses at once.
template <std::size_t kBytes>
struct HostWord;
template <>
struct HostWord<4> {
  using Type = std::uint32_t __attribute__((may_alias));
};
template <>
struct HostWord<8> {
  using Type = std::uint64_t __attribute__((may_alias));
};
template <>
struct HostWord<16> {
  using Type = std::uint32_t __attribute__((vector_size(16), may_alias));
};
#endif

// *p as one access of sizeof(T) bytes: 4, 8 or 16, to which p must be aligned; the launcher checks it
// (kernels/alignment.h). Of a struct, g++ would access one member after another, and so count them
// (runtime/emulator/traffic).
template <class T>
__device__ __forceinline__ T load_whole(const void* p) {
#if defined(__CUDACC__)
  return *static_cast<const T*>(p);
#else
  using Whole = typename HostWord<sizeof(T)>::Type;
  return __builtin_bit_cast(T, *static_cast<const Whole*>(p));
#endif
}
template <class T>
__device__ __forceinline__ void store_whole(void* p, T value) {
#if defined(__CUDACC__)
  *static_cast<T*>(p) = value;
#else
  using Whole = typename HostWord<sizeof(T)>::Type;
  *static_cast<Whole*>(p) = __builtin_bit_cast(Whole, value);
#endif
}

__device__ __forceinline__ float2 load2(const float* p) { return load_whole<float2>(p); }
__device__ __forceinline__ float4 load4(const float* p) { return load_whole<float4>(p); }
__device__ __forceinline__ void store4(float* p, float4 value) { store_whole(p, value); }

// 64 bits, since a grid may have more than 2^31 threads.
__device__ __forceinline__ std::int64_t grid_thread() {
  return static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
}

}  // namespace pellucid::PELLUCID_BACKEND
