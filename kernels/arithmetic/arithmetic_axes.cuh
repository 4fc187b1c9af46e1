// arithmetic_axes.cuh: where an element of y finds its operands. Of fewer than 2^31 elements with 32-bit
// divisions, which take a quarter of the instructions.
#pragma once

#include "kernels/arithmetic/arithmetic_functions.h"
#include "kernels/device/vector.cuh"

namespace pellucid::PELLUCID_BACKEND {

struct Operands {
  std::int64_t y = 0, a = 0, b = 0;
};

// Element i of the axes first … last − 1, the last of which runs fastest.
template <class Index>
__device__ __forceinline__ Operands operands_at(const GradientAxes& axes, int first, int last,
                                                Index i) {
  Operands at;
  for (int axis = last - 1; axis >= first; --axis) {
    const auto extent = static_cast<Index>(axes.extent[axis]);
    const Index rest = axis > first ? i / extent : 0;
    const std::int64_t index = i - rest * extent;
    i = rest;
    at.y += index * axes.stride_y[axis];
    at.a += index * axes.stride_a[axis];
    at.b += index * axes.stride_b[axis];
  }
  return at;
}

// Four elements of the last axis as one; of a single axis up to three are left behind the last vector.
struct VectorAxes {
  std::int64_t vectors;
  int left;
  GradientAxes axes;      // y's, the last in vectors; strides in elements
  bool steps_a, steps_b;  // whether the four elements have four of a, and of b

  __device__ __forceinline__ Operands operands(std::uint32_t vector) const {
    return operands_at(axes, 0, axes.rank, vector);
  }
  __device__ __forceinline__ float4 load_a(const float* a, const Operands& at) const {
    return load(a + at.a, steps_a);
  }
  __device__ __forceinline__ float4 load_b(const float* b, const Operands& at) const {
    return load(b + at.b, steps_b);
  }
  // Calls visit(element of y, of a, of b) for those that are left, in the thread behind the vectors.
  template <class Visit>
  __device__ __forceinline__ void for_left(std::int64_t thread, const Visit& visit) const {
    if (thread > vectors) return;
    for (int i = 0; i < left; ++i) {
      const std::int64_t y = kVector * thread + i;
      visit(y, steps_a ? y : 0, steps_b ? y : 0);
    }
  }
  static __device__ __forceinline__ float4 load(const float* from, bool steps) {
    if (steps) return load4(from);
    const float one = *from;
    return make_float4(one, one, one, one);
  }
};

inline VectorAxes vector_axes(const BroadcastShape& shape) {
  VectorAxes vectors{};
  const auto last = static_cast<std::size_t>(shape.rank) - 1;
  vectors.axes.rank = shape.rank;
  vectors.axes.extent = shape.extent;
  vectors.axes.stride_a = shape.stride_a;
  vectors.axes.stride_b = shape.stride_b;
  vectors.axes.extent[last] /= kVector;
  vectors.axes.stride_a[last] *= kVector;
  vectors.axes.stride_b[last] *= kVector;
  vectors.vectors = shape.count() / kVector;
  vectors.left = static_cast<int>(shape.count() % kVector);
  vectors.steps_a = shape.stride_a[last] > 0;
  vectors.steps_b = shape.stride_b[last] > 0;
  return vectors;
}

}  // namespace pellucid::PELLUCID_BACKEND
