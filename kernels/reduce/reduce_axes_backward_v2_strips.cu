// reduce_axes_backward_v2_strips.cu: the derivative of a reduction, up to eight positions of a result a
// thread.
//
// computes   reduce_axes.h;   x, dx: (n, r0, k0, r1, k1, r2, k2), y, dy, index: (n, k0, k1, k2)
// mapping    axes.cuh: a block takes up to 32 columns of 8·256 / width positions, or several short groups
// idea       y and dy of a result are read once for eight values, and no thread divides more than once by
//            the extents; neighbouring threads write neighbouring addresses
// limits     extents ≥ 1; at most 2^30 positions
// cost       4 to 8 bytes a value and one flop; a zero of a product walks over the other factors
// next       16-byte loads and stores where columns or positions are a multiple of 4
#include "kernels/device/axes.cuh"
#include "kernels/reduce/reduction.h"

namespace pellucid::PELLUCID_BACKEND {

template <Reduction kFunction>
__global__ void __launch_bounds__(kAxesBlock)
    reduce_axes_backward_v2_strips_kernel(ReduceAxesBackwardArgs a, AxesGrid grid) {
  const AxesPlace at = axes_place(grid, a.shape);
  if (at.first >= at.end) return;
  const int positions = a.shape.positions(), columns = a.shape.columns();
  const std::int64_t i = at.group * columns + at.column;
  const float y = reads_y(kFunction) ? a.y[i] : 0.0f, dy = a.dy[i];
  const int winner = has_winner(kFunction) ? a.index[i] : 0;
  const std::int64_t first = a.shape.base(at.group) + at.column;
  for (int p = at.first; p < at.end; p += at.lanes) {
    const std::int64_t to = first + a.shape.offset(p);
    const float x = reads_x(kFunction) ? a.x[to] : 0.0f;
    float dx = reduction_derivative<kFunction>(x, y, dy, p, winner, positions);
    if (kFunction == Reduction::prod && x == 0) {
      dx = dy;
      for (int q = 0; q < positions; ++q)
        if (q != p) dx *= a.x[first + a.shape.offset(q)];
    }
    a.dx[to] = dx;
  }
}

void reduce_axes_backward_v2_strips(Stream& stream, const ReduceAxesBackwardArgs& a) {
  const AxesGrid grid = axes_grid(a.shape, 8, true);
  with_reduction(a.function, [&](auto function) {
    launch(stream,
           {"reduce_axes_backward_v2_strips", grid.blocks, kAxesBlock, 0,
            reduce_axes_backward_cost(a)},
           reduce_axes_backward_v2_strips_kernel<function()>, a, grid);
  });
}

}  // namespace pellucid::PELLUCID_BACKEND
