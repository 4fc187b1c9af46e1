// softmax_v3_lanes.cu: softmax or log-softmax along an axis that is not the last, several lanes a column.
//
// computes   softmax.h;   x, y: (rows, cols, inner), row-major
// mapping    kernels/device/axes.cuh, in one part: a block takes up to 32 neighbouring columns of one row, or several
//            rows where cols · inner are few; lane l takes c = l, l + lanes, …
// idea       the running pairs of v2, which lanes merge in shared memory; neighbouring threads read neighbouring
//            addresses
// limits     rows, cols, inner ≥ 1; cols ≤ 2^30
// cost       8·rows·cols·inner bytes, 5 flops a value (exp counted as one)
// next       eight values a thread could stay in registers between the passes
#include "kernels/device/axes.cuh"
#include "kernels/softmax/softmax.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

// A lane without values holds the neutral pair (−∞, 0).
struct SoftmaxState {
  float largest, sum;
};

// −∞ − −∞ would be NaN: a pair without values contributes nothing.
__device__ __forceinline__ float rescaled(SoftmaxState s, float largest) {
  return s.largest == -INFINITY ? 0.0f : s.sum * expf(s.largest - largest);
}

__device__ __forceinline__ SoftmaxState merged(SoftmaxState a, SoftmaxState b) {
  const float largest = fmaxf(a.largest, b.largest);
  return {largest, rescaled(a, largest) + rescaled(b, largest)};
}

}  // namespace

__global__ void __launch_bounds__(kAxesBlock)
    softmax_v3_lanes_kernel(SoftmaxArgs a, AxesShape shape, AxesGrid grid) {
  __shared__ SoftmaxState scratch[kAxesBlock];
  const AxesPlace at = axes_place(grid, shape);
  const std::int64_t first = at.end > 0 ? shape.base(at.group) + at.column : 0;
  SoftmaxState state{-INFINITY, 0};
  for (int c = at.first; c < at.end; c += at.lanes) {
    const float x = a.x[first + std::int64_t{c} * a.inner];
    const float largest = fmaxf(state.largest, x);
    state = {largest, state.sum * expf(state.largest - largest) + expf(x - largest)};
  }
  state =
      join_lanes(state, scratch, grid, [](SoftmaxState s, SoftmaxState t) { return merged(s, t); });
  const float log_sum = logf(state.sum);
  for (int c = at.first; c < at.end; c += at.lanes) {
    const std::int64_t i = first + std::int64_t{c} * a.inner;
    const float shifted = a.x[i] - state.largest;
    a.y[i] = a.log ? shifted - log_sum : expf(shifted) / state.sum;
  }
}

void softmax_v3_lanes(Stream& stream, const SoftmaxArgs& a) {
  const AxesShape shape{a.rows, {1, 1, a.cols}, {1, 1, a.inner}};
  const AxesGrid grid = axes_grid(shape, 8, false);
  launch(stream, {"softmax_v3_lanes", grid.blocks, kAxesBlock, 0, softmax_cost(a)},
         softmax_v3_lanes_kernel, a, shape, grid);
}

}  // namespace pellucid::PELLUCID_BACKEND
