// float8.cuh: eight neighbouring sums of a thread's register tile. On the GPU they are eight
// registers; in the emulator one AVX register of the host, without which a tiled kernel is scalar
// code there. Both do the same eight independent multiply-adds.
#pragma once

#include "kernels/device/unroll.cuh"
#include "kernels/device/vector.cuh"

namespace pellucid::PELLUCID_BACKEND {

#if defined(__CUDACC__)

struct Float8 {
  float at[8];
};

// Two float4, the second `kGap` floats behind the first; both aligned to 16 bytes.
template <int kGap>
__device__ __forceinline__ Float8 load8(const float* p) {
  const float4 low = load4(p), high = load4(p + kGap);
  return {{low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w}};
}

// sums += a · b
__device__ __forceinline__ void multiply_add(Float8& sums, float a, const Float8& b) {
  PELLUCID_UNROLL
  for (int j = 0; j < 8; ++j) sums.at[j] += a * b.at[j];
}

#else

struct Float8 {
  using Vector = float __attribute__((vector_size(32)));
  union {
    float at[8];
    Vector vector;
  };
};

template <int kGap>
__forceinline__ Float8 load8(const float* p) {
  using Half = float __attribute__((vector_size(16), may_alias));
  const Half low = *reinterpret_cast<const Half*>(p),
             high = *reinterpret_cast<const Half*>(p + kGap);
  Float8 result;
  result.vector = __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7);
  return result;
}

__forceinline__ void multiply_add(Float8& sums, float a, const Float8& b) {
  sums.vector += a * b.vector;
}

#endif

}  // namespace pellucid::PELLUCID_BACKEND
