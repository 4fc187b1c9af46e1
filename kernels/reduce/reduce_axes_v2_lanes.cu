// reduce_axes_v2_lanes.cu: a reduction of any axes, several lanes a result.
//
// computes   reduce_axes.h;   x: (n, r0, k0, r1, k1, r2, k2), row-major; y, index: (n, k0, k1, k2)
// mapping    axes.cuh, in one part: a block takes up to 32 columns of one group, or several short groups
// idea       neighbouring threads read neighbouring addresses whether the reduced axis is the last or not;
//            lanes are joined in halves in shared memory
// limits     extents ≥ 1; at most 2^30 positions
// cost       4·elements bytes, one flop a value
// next       v3 gives a long group to many blocks
#include "kernels/reduce/reduce_axes_lanes.cuh"

namespace pellucid::PELLUCID_BACKEND {

template <Reduction kFunction>
__global__ void __launch_bounds__(kAxesBlock)
    reduce_axes_v2_lanes_kernel(ReduceAxesArgs a, AxesGrid grid) {
  using R = Reducer<kFunction>;
  using State = typename R::State;
  __shared__ State scratch[kAxesBlock];
  const AxesPlace at = axes_place(grid, a.shape);
  const State state = join_lanes(lane_state<kFunction>(a, at), scratch, grid,
                                 [](State s, State t) { return R::join(s, t); });
  if (at.lane == 0 && at.end > 0)
    write_result<kFunction>(a, at.result(1, a.shape.columns()), state);
}

void reduce_axes_v2_lanes(Stream& stream, const ReduceAxesArgs& a) {
  const AxesGrid grid = axes_grid(a.shape, 8, false);
  with_reduction(a.function, [&](auto function) {
    launch(stream, {"reduce_axes_v2_lanes", grid.blocks, kAxesBlock, 0, reduce_axes_cost(a)},
           reduce_axes_v2_lanes_kernel<function()>, a, grid);
  });
}

}  // namespace pellucid::PELLUCID_BACKEND
