// arithmetic_backward_v2_vector.cu: gradient of an operand of y = f(a, b) that is not broadcast, four
// elements of the last axis a thread, a kernel a function and operand.
//
// computes   arithmetic.h;   dy and the gradient: up to 7 axes, the other operand: those that it has
// mapping    thread t of the grid takes elements 4t … 4t + 3, which are neighbours on the last axis
// idea       as arithmetic_v2: 16-byte loads and stores, one place for four elements
// limits     no axis to sum over; arrays aligned to 16 bytes; last extent a multiple of 4, or
//            one axis; fewer than 2^31 elements of dy
// cost       4 bytes an element of dy, a, b and the gradient, two flops an element of dy
// next       v3 is for operands that are broadcast
#include "kernels/alignment.h"
#include "kernels/arithmetic/arithmetic_axes.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

template <ArithmeticFunction F, bool kOfB>
__global__ void arithmetic_backward_v2_vector_kernel(ArithmeticBackwardArgs a, VectorAxes axes) {
  const std::int64_t thread = grid_thread();
  if (thread >= axes.vectors) {
    axes.for_left(thread, [&a](std::int64_t y, std::int64_t x, std::int64_t z) {
      a.gradient[y] = arithmetic_gradient<F, kOfB>(a.a[x], a.b[z], a.dy[y]);
    });
    return;
  }
  const Operands at = axes.operands(static_cast<std::uint32_t>(thread));
  const float4 x = axes.load_a(a.a, at), z = axes.load_b(a.b, at),
               dy = load4(a.dy + kVector * thread);
  store4(a.gradient + kVector * thread, make_float4(arithmetic_gradient<F, kOfB>(x.x, z.x, dy.x),
                                                    arithmetic_gradient<F, kOfB>(x.y, z.y, dy.y),
                                                    arithmetic_gradient<F, kOfB>(x.z, z.z, dy.z),
                                                    arithmetic_gradient<F, kOfB>(x.w, z.w, dy.w)));
}

void arithmetic_backward_v2_vector(Stream& stream, const ArithmeticBackwardArgs& a) {
  constexpr int block = 256;
  require_aligned16("arithmetic_backward_v2_vector", {a.a, a.b, a.dy, a.gradient});
  const VectorAxes axes = vector_axes(a.shape);
  const LaunchConfig config{"arithmetic_backward_v2_vector", blocks_for(axes.vectors + 1, block),
                            block, 0, arithmetic_backward_cost(a)};
  with_arithmetic(a.function, [&](auto function) {
    constexpr ArithmeticFunction F = decltype(function)::value;
    launch(stream, config,
           a.of_b ? arithmetic_backward_v2_vector_kernel<F, true>
                  : arithmetic_backward_v2_vector_kernel<F, false>,
           a, axes);
  });
}

}  // namespace pellucid::PELLUCID_BACKEND
