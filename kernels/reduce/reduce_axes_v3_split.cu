// reduce_axes_v3_split.cu: a reduction of any axes, several blocks a result.
//
// computes   reduce_axes.h;   x: (n, r0, k0, r1, k1, r2, k2), row-major; y, index: (n, k0, k1, k2)
// mapping    axes.cuh: a block takes up to 32 columns of 8192 / width positions, a thread 32 values; a second
//            launch joins the parts of a result, several lanes each
// idea       few long groups fill the GPU. Where they are cut depends on positions and columns alone
// limits     extents ≥ 1; at most 2^30 positions
// cost       4·elements bytes, one flop a value; the parts' states are 1/16 of that or less
// next       16-byte loads where columns or positions are a multiple of 4
#include "kernels/reduce/reduce_axes_lanes.cuh"

namespace pellucid::PELLUCID_BACKEND {

// states: (groups, parts, columns)
template <Reduction kFunction>
__global__ void __launch_bounds__(kAxesBlock)
    reduce_axes_v3_split_kernel(ReduceAxesArgs a, AxesGrid grid,
                                typename Reducer<kFunction>::State* states) {
  using R = Reducer<kFunction>;
  using State = typename R::State;
  __shared__ State scratch[kAxesBlock];
  const AxesPlace at = axes_place(grid, a.shape);
  const State state = join_lanes(lane_state<kFunction>(a, at), scratch, grid,
                                 [](State s, State t) { return R::join(s, t); });
  if (at.lane == 0 && at.end > 0) states[at.result(grid.parts, a.shape.columns())] = state;
}

template <Reduction kFunction>
__global__ void __launch_bounds__(kAxesBlock)
    reduce_axes_v3_join_kernel(ReduceAxesArgs a, AxesGrid grid, int parts,
                               const typename Reducer<kFunction>::State* states) {
  using R = Reducer<kFunction>;
  using State = typename R::State;
  __shared__ State scratch[kAxesBlock];
  const int columns = a.shape.columns();
  const AxesPlace at = axes_place(grid, a.shape.groups(), parts, columns);
  State state = R::none();
  for (int p = at.first; p < at.end; p += at.lanes)
    state = R::join(state, states[(at.group * parts + p) * columns + at.column]);
  state = join_lanes(state, scratch, grid, [](State s, State t) { return R::join(s, t); });
  if (at.lane == 0 && at.end > 0) write_result<kFunction>(a, at.result(1, columns), state);
}

void reduce_axes_v3_split(Stream& stream, const ReduceAxesArgs& a) {
  const AxesGrid grid = axes_grid(a.shape, 32, true);
  const AxesGrid join = axes_grid(a.shape.groups(), grid.parts, a.shape.columns(), 8, false);
  with_reduction(a.function, [&](auto function) {
    using State = typename Reducer<function()>::State;
    const auto count =
        static_cast<std::size_t>(a.shape.results()) * static_cast<std::size_t>(grid.parts);
    const Buffer partial(stream.arena(), sizeof(State) * count);
    auto* states = static_cast<State*>(partial.data());
    launch(stream, {"reduce_axes_v3_split", grid.blocks, kAxesBlock, 0, reduce_axes_cost(a)},
           reduce_axes_v3_split_kernel<function()>, a, grid, states);
    const auto joined = static_cast<double>(count);
    launch(stream,
           {"reduce_axes_v3_join",
            join.blocks,
            kAxesBlock,
            0,
            {.flops = joined, .bytes = sizeof(State) * joined}},
           reduce_axes_v3_join_kernel<function()>, a, join, grid.parts, states);
  });
}

}  // namespace pellucid::PELLUCID_BACKEND
