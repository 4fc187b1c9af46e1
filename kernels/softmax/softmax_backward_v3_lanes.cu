// softmax_backward_v3_lanes.cu: gradient of softmax or log-softmax along an axis that is not the last, several
// lanes a column.
//
// computes   softmax.h;   y, dy, dx: (rows, cols, inner), row-major
// mapping    kernels/device/axes.cuh, in one part: a block takes up to 32 neighbouring columns of one row, or several
//            rows where cols · inner are few; lane l takes c = l, l + lanes, …
// idea       neighbouring threads read neighbouring addresses; a column's sum is joined in shared memory
// limits     rows, cols, inner ≥ 1; cols ≤ 2^30
// cost       12·rows·cols·inner bytes, 4 flops a value
// next       eight values a thread could stay in registers between the passes
#include "kernels/device/axes.cuh"
#include "kernels/softmax/softmax.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void __launch_bounds__(kAxesBlock)
    softmax_backward_v3_lanes_kernel(SoftmaxBackwardArgs a, AxesShape shape, AxesGrid grid) {
  __shared__ float scratch[kAxesBlock];
  const AxesPlace at = axes_place(grid, shape);
  const std::int64_t first = at.end > 0 ? shape.base(at.group) + at.column : 0;
  float sum = 0;
  for (int c = at.first; c < at.end; c += at.lanes) {
    const std::int64_t i = first + std::int64_t{c} * a.inner;
    sum += a.log ? a.dy[i] : a.dy[i] * a.y[i];
  }
  sum = sum_axes_lanes(sum, scratch, grid);
  for (int c = at.first; c < at.end; c += at.lanes) {
    const std::int64_t i = first + std::int64_t{c} * a.inner;
    const float y = a.y[i], dy = a.dy[i];
    a.dx[i] = a.log ? dy - expf(y) * sum : y * (dy - sum);
  }
}

void softmax_backward_v3_lanes(Stream& stream, const SoftmaxBackwardArgs& a) {
  const AxesShape shape{a.rows, {1, 1, a.cols}, {1, 1, a.inner}};
  const AxesGrid grid = axes_grid(shape, 8, false);
  launch(stream,
         {"softmax_backward_v3_lanes", grid.blocks, kAxesBlock, 0, softmax_backward_cost(a)},
         softmax_backward_v3_lanes_kernel, a, shape, grid);
}

}  // namespace pellucid::PELLUCID_BACKEND
