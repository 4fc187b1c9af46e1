// arithmetic_v1_naive.cu: y = f(a, b) with broadcasting, one thread an element.
//
// computes   arithmetic.h;   y: up to 7 axes, a and b: those of y that they have
// mapping    thread t of the grid takes element t of y
// idea       one kernel for all functions and shapes: a place on each axis by division
// limits     extents ≥ 1; any rank up to 7
// cost       4 bytes an element of y, a and b, one flop an element of y
// next       v2 takes four elements of the last axis a thread, with one place for all
#include "kernels/arithmetic/arithmetic_functions.h"
#include "kernels/device/vector.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__device__ float arithmetic_of(ArithmeticFunction function, float a, float b) {
  switch (function) {
#define PELLUCID_CASE(name)      \
  case ArithmeticFunction::name: \
    return arithmetic_value<ArithmeticFunction::name>(a, b);
    PELLUCID_ARITHMETIC(PELLUCID_CASE)
#undef PELLUCID_CASE
  }
  return a;
}

__global__ void arithmetic_v1_naive_kernel(ArithmeticArgs a, std::int64_t count) {
  const std::int64_t i = grid_thread();
  if (i >= count) return;
  std::int64_t rest = i, from_a = 0, from_b = 0;
  for (int axis = a.shape.rank - 1; axis >= 0; --axis) {
    const std::int64_t index = rest % a.shape.extent[axis];
    rest /= a.shape.extent[axis];
    from_a += index * a.shape.stride_a[axis];
    from_b += index * a.shape.stride_b[axis];
  }
  a.y[i] = arithmetic_of(a.function, a.a[from_a], a.b[from_b]);
}

void arithmetic_v1_naive(Stream& stream, const ArithmeticArgs& a) {
  constexpr int block = 256;
  const std::int64_t count = a.shape.count();
  launch(stream, {"arithmetic_v1_naive", blocks_for(count, block), block, 0, arithmetic_cost(a)},
         arithmetic_v1_naive_kernel, a, count);
}

}  // namespace pellucid::PELLUCID_BACKEND
