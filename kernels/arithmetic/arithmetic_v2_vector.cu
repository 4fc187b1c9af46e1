// arithmetic_v2_vector.cu: y = f(a, b) with broadcasting, four elements of the last axis a thread, a kernel
// a function.
//
// computes   arithmetic.h;   y: up to 7 axes, a and b: those of y that they have
// mapping    thread t of the grid takes elements 4t … 4t + 3 of y, which are neighbours on its last axis
// idea       16-byte loads and stores; one place for four elements, by 32-bit divisions, none for equal
//            shapes; what is broadcast along the last axis is one load of 4 bytes
// limits     y, a and b aligned to 16 bytes; last extent a multiple of 4, or one axis; fewer than 2^31
//            elements of y
// cost       4 bytes an element of y, a and b, one flop an element of y
// next       nothing: what is broadcast comes from the caches; the gain left is fusing it into its producer
#include "kernels/alignment.h"
#include "kernels/arithmetic/arithmetic_axes.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

template <ArithmeticFunction F>
__global__ void arithmetic_v2_vector_kernel(ArithmeticArgs a, VectorAxes axes) {
  const std::int64_t thread = grid_thread();
  if (thread >= axes.vectors) {
    axes.for_left(thread, [&a](std::int64_t y, std::int64_t x, std::int64_t z) {
      a.y[y] = arithmetic_value<F>(a.a[x], a.b[z]);
    });
    return;
  }
  const Operands at = axes.operands(static_cast<std::uint32_t>(thread));
  const float4 x = axes.load_a(a.a, at), z = axes.load_b(a.b, at);
  store4(a.y + kVector * thread,
         make_float4(arithmetic_value<F>(x.x, z.x), arithmetic_value<F>(x.y, z.y),
                     arithmetic_value<F>(x.z, z.z), arithmetic_value<F>(x.w, z.w)));
}

void arithmetic_v2_vector(Stream& stream, const ArithmeticArgs& a) {
  constexpr int block = 256;
  require_aligned16("arithmetic_v2_vector", {a.a, a.b, a.y});
  const VectorAxes axes = vector_axes(a.shape);
  const LaunchConfig config{"arithmetic_v2_vector", blocks_for(axes.vectors + 1, block), block, 0,
                            arithmetic_cost(a)};
  with_arithmetic(a.function, [&](auto function) {
    launch(stream, config, arithmetic_v2_vector_kernel<decltype(function)::value>, a, axes);
  });
}

}  // namespace pellucid::PELLUCID_BACKEND
