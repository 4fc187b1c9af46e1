// reduce_axes_v1_naive.cu: a reduction of any axes, one thread a result.
//
// computes   reduce_axes.h;   x: (n, r0, k0, r1, k1, r2, k2), row-major; y, index: (n, k0, k1, k2)
// mapping    thread t of the grid takes result t and walks its positions
// idea       the formula as written
// limits     extents ≥ 1; at most 2^30 positions
// cost       4·elements bytes, one flop a value; with k2 = 1 a load of a warp touches 32 rows
// next       v2 gives a result to several threads, and neighbouring values to neighbouring threads
#include "kernels/device/vector.cuh"
#include "kernels/reduce/reduction.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

template <Reduction kFunction>
__global__ void reduce_axes_v1_naive_kernel(ReduceAxesArgs a) {
  const std::int64_t i = grid_thread();
  if (i >= a.shape.results()) return;
  const int columns = a.shape.columns(), positions = a.shape.positions();
  const float* x = a.x + a.shape.base(i / columns) + i % columns;
  auto state = Reducer<kFunction>::none();
  for (int p = 0; p < positions; ++p) Reducer<kFunction>::add(state, x[a.shape.offset(p)], p);
  a.y[i] = Reducer<kFunction>::result(state, positions);
  if constexpr (has_winner(kFunction))
    if (a.index) a.index[i] = state.index;
}

void reduce_axes_v1_naive(Stream& stream, const ReduceAxesArgs& a) {
  constexpr int block = 128;
  with_reduction(a.function, [&](auto function) {
    launch(stream,
           {"reduce_axes_v1_naive", blocks_for(a.shape.results(), block), block, 0,
            reduce_axes_cost(a)},
           reduce_axes_v1_naive_kernel<function()>, a);
  });
}

}  // namespace pellucid::PELLUCID_BACKEND
