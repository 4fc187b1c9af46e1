// sgd_v1_naive.cu: one step of SGD with momentum, one thread a parameter.
//
// computes   optimizer.h;   w, g, m: (count)
// mapping    thread t of the grid takes parameter t
// idea       the whole step in one kernel: each array passes through memory once
// limits     count ≥ 1
// cost       20·count bytes, 4·count flops
// next       v2 moves four parameters a thread in one load
#include "kernels/device/vector.cuh"
#include "kernels/optimizer/optimizer_step.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void sgd_v1_naive_kernel(SgdArgs a) {
  const std::int64_t i = grid_thread();
  if (i < a.count) sgd_step(a, a.w[i], a.g[i], a.m[i]);
}

void sgd_v1_naive(Stream& stream, const SgdArgs& a) {
  constexpr int block = 256;
  launch(stream, {"sgd_v1_naive", blocks_for(a.count, block), block, 0, sgd_cost(a)},
         sgd_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
