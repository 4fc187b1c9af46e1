// arithmetic_backward_v1_naive.cu: gradient of an operand of y = f(a, b), one thread an element of it.
//
// computes   arithmetic.h;   dy: up to 7 axes, a, b and the gradient: those of dy that they have
// mapping    thread t of the grid takes element t of the gradient
// idea       one kernel for all functions and shapes: a thread adds its summands one after the other
// limits     extents ≥ 1; any rank up to 7
// cost       4 bytes an element of dy, a, b and the gradient, three flops an element of dy
// next       v2 is for operands that are not broadcast, v3 has a block for a sum
#include "kernels/arithmetic/arithmetic_axes.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__device__ float arithmetic_gradient_of(ArithmeticFunction function, bool of_b, float a, float b,
                                        float dy) {
  switch (function) {
#define PELLUCID_CASE(name)                                                     \
  case ArithmeticFunction::name:                                                \
    return of_b ? arithmetic_gradient<ArithmeticFunction::name, true>(a, b, dy) \
                : arithmetic_gradient<ArithmeticFunction::name, false>(a, b, dy);
    PELLUCID_ARITHMETIC(PELLUCID_CASE)
#undef PELLUCID_CASE
  }
  return dy;
}

__global__ void arithmetic_backward_v1_naive_kernel(ArithmeticBackwardArgs a, GradientAxes axes,
                                                    std::int64_t count, std::int64_t summands) {
  const std::int64_t i = grid_thread();
  if (i >= count) return;
  const Operands at = operands_at(axes, 0, axes.kept, i);
  float sum = 0;
  for (std::int64_t s = 0; s < summands; ++s) {
    const Operands off = operands_at(axes, axes.kept, axes.rank, s);
    sum += arithmetic_gradient_of(a.function, a.of_b, a.a[at.a + off.a], a.b[at.b + off.b],
                                  a.dy[at.y + off.y]);
  }
  a.gradient[i] = sum;
}

void arithmetic_backward_v1_naive(Stream& stream, const ArithmeticBackwardArgs& a) {
  constexpr int block = 256;
  const GradientAxes axes = gradient_axes(a.shape, a.of_b);
  const std::int64_t count = axes.kept_count();
  launch(stream,
         {"arithmetic_backward_v1_naive", blocks_for(count, block), block, 0,
          arithmetic_backward_cost(a)},
         arithmetic_backward_v1_naive_kernel, a, axes, count, axes.summed_count());
}

}  // namespace pellucid::PELLUCID_BACKEND
