// reduce_axes_backward_v1_naive.cu: the derivative of a reduction, one thread a value of x.
//
// computes   reduce_axes.h;   x, dx: (n, r0, k0, r1, k1, r2, k2), y, dy, index: (n, k0, k1, k2)
// mapping    thread t of the grid takes the t-th value in the order (result, position)
// idea       the formula as written; a zero of a product walks over the other factors
// limits     extents ≥ 1; at most 2^30 positions
// cost       4 to 8 bytes a value and one flop; two 64-bit divisions a thread, and with k2 > 1 the
//            threads of a warp write k2 values apart
// next       v2 keeps y and dy of a column in registers for several positions
#include "kernels/device/vector.cuh"
#include "kernels/reduce/reduction.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

template <Reduction kFunction>
__global__ void reduce_axes_backward_v1_naive_kernel(ReduceAxesBackwardArgs a) {
  const std::int64_t t = grid_thread();
  if (t >= a.shape.elements()) return;
  const int columns = a.shape.columns(), positions = a.shape.positions();
  const std::int64_t i = t / positions;
  const int p = static_cast<int>(t % positions);
  const std::int64_t first = a.shape.base(i / columns) + i % columns;
  const std::int64_t at = first + a.shape.offset(p);
  const float x = reads_x(kFunction) ? a.x[at] : 0.0f, y = reads_y(kFunction) ? a.y[i] : 0.0f;
  const int winner = has_winner(kFunction) ? a.index[i] : 0;
  const float dy = !has_winner(kFunction) || winner == p ? a.dy[i] : 0.0f;
  float dx = reduction_derivative<kFunction>(x, y, dy, p, winner, positions);
  if (kFunction == Reduction::prod && x == 0) {
    dx = a.dy[i];
    for (int q = 0; q < positions; ++q)
      if (q != p) dx *= a.x[first + a.shape.offset(q)];
  }
  a.dx[at] = dx;
}

void reduce_axes_backward_v1_naive(Stream& stream, const ReduceAxesBackwardArgs& a) {
  constexpr int block = 256;
  with_reduction(a.function, [&](auto function) {
    launch(stream,
           {"reduce_axes_backward_v1_naive", blocks_for(a.shape.elements(), block), block, 0,
            reduce_axes_backward_cost(a)},
           reduce_axes_backward_v1_naive_kernel<function()>, a);
  });
}

}  // namespace pellucid::PELLUCID_BACKEND
