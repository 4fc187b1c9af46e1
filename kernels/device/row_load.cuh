// row_load.cuh: loads of four neighbouring floats of a matrix row, whatever its alignment.
#pragma once

#include "kernels/device/vector.cuh"

namespace pellucid::PELLUCID_BACKEND {
namespace {

// How many floats of a row can be read at once: 4 or 2 where every row of `row_length` floats
// starts at a multiple of 16 or 8 bytes, else 1. The network's first layer has 2366 inputs: 2.
inline int load_width(const float* matrix, int row_length) {
  const auto address = reinterpret_cast<std::uintptr_t>(matrix);
  for (const int width : {4, 2})
    if (row_length % width == 0 && address % (width * sizeof(float)) == 0) return width;
  return 1;
}

// p[0] … p[3], with 0 for those at or past `available`. `width` is load_width()'s answer and p a
// multiple of four floats from the start of its row; it changes the instructions, never the values.
__device__ __forceinline__ float4 load_row4(const float* p, int available, int width) {
  if (available >= 4) {
    if (width == 4) return load4(p);
    if (width == 2) {
      const float2 low = load2(p), high = load2(p + 2);
      return make_float4(low.x, low.y, high.x, high.y);
    }
    return make_float4(p[0], p[1], p[2], p[3]);
  }
  return make_float4(available > 0 ? p[0] : 0.0f, available > 1 ? p[1] : 0.0f,
                     available > 2 ? p[2] : 0.0f, 0.0f);
}

// The same of a whole four, the width known to the compiler: tested at run time inside a loop, it keeps three
// sequences of loads there, and each waits for its own.
template <int kWidth>
__device__ __forceinline__ float4 load_row4(const float* p) {
  if constexpr (kWidth == 4) return load4(p);
  else if constexpr (kWidth == 2) {
    const float2 low = load2(p), high = load2(p + 2);
    return make_float4(low.x, low.y, high.x, high.y);
  } else {
    return make_float4(p[0], p[1], p[2], p[3]);
  }
}

// sum + a · b, from x to w.
__device__ __forceinline__ float dot4(float4 a, float4 b, float sum) {
  return fmaf(a.w, b.w, fmaf(a.z, b.z, fmaf(a.y, b.y, fmaf(a.x, b.x, sum))));
}

}  // namespace
}  // namespace pellucid::PELLUCID_BACKEND
