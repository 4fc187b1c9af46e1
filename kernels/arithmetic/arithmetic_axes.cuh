// arithmetic_axes.cuh: where an element of y finds its operands.
#pragma once

#include "kernels/arithmetic/arithmetic_functions.h"
#include "runtime/launch/backend.h"

namespace pellucid::PELLUCID_BACKEND {

struct Operands {
  std::int64_t y = 0, a = 0, b = 0;
};

// Element i of the axes first … last − 1, the last of which runs fastest.
__device__ __forceinline__ Operands operands_at(const GradientAxes& axes, int first, int last,
                                                std::int64_t i) {
  Operands at;
  for (int axis = last - 1; axis >= first; --axis) {
    const std::int64_t extent = axes.extent[axis], index = i % extent;
    i /= extent;
    at.y += index * axes.stride_y[axis];
    at.a += index * axes.stride_a[axis];
    at.b += index * axes.stride_b[axis];
  }
  return at;
}

}  // namespace pellucid::PELLUCID_BACKEND
