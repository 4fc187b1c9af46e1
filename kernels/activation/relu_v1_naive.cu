// relu_v1_naive.cu: rectified linear unit, one thread an element.
//
// computes   activation.h;   x, y: (count)
// mapping    thread t of the grid takes element t
// idea       the formula as written; the comparison is turned so that a NaN passes through
// limits     count ≥ 1
// cost       8·count bytes, count flops (the comparison)
// next       v2 moves four elements a thread in one load
#include "kernels/activation/activation.h"
#include "kernels/device/vector.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void relu_v1_naive_kernel(ReluArgs a) {
  const std::int64_t i = grid_thread();
  if (i < a.count) a.y[i] = a.x[i] <= 0 ? 0.0f : a.x[i];
}

void relu_v1_naive(Stream& stream, const ReluArgs& a) {
  constexpr int block = 256;
  launch(stream, {"relu_v1_naive", blocks_for(a.count, block), block, 0, relu_cost(a)},
         relu_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
