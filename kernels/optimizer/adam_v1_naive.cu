// adam_v1_naive.cu: one step of Adam, one thread a parameter.
//
// computes   optimizer.h;   w, g, m, v: (count)
// mapping    thread t of the grid takes parameter t
// idea       the whole step in one kernel: each array passes through memory once
// limits     count ≥ 1
// cost       28·count bytes, 12·count flops (root and quotient counted as one each)
// next       v2 moves four parameters a thread in one load
#include "kernels/device/vector.cuh"
#include "kernels/optimizer/optimizer_step.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void adam_v1_naive_kernel(AdamArray a, AdamStep step) {
  const std::int64_t i = grid_thread();
  if (i < a.count) adam_step(step, a.w[i], a.g[i], a.m[i], a.v[i]);
}

void adam_v1_naive(Stream& stream, const AdamArgs& a) {
  constexpr int block = 256;
  for (const AdamArray& array : a.arrays)
    launch(stream,
           {"adam_v1_naive", blocks_for(array.count, block), block, 0, adam_cost({&array, 1})},
           adam_v1_naive_kernel, array, a.step);
}

}  // namespace pellucid::PELLUCID_BACKEND
