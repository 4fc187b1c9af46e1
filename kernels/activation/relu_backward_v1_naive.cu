// relu_backward_v1_naive.cu: gradient of the rectified linear unit, one thread an element.
//
// computes   activation.h;   y, dy, dx: (count)
// mapping    thread t of the grid takes element t
// idea       the formula as written
// limits     count ≥ 1
// cost       12·count bytes, count flops (the comparison)
// next       v2 moves four elements a thread in one load
#include "kernels/activation/activation.h"
#include "kernels/device/vector.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void relu_backward_v1_naive_kernel(ReluBackwardArgs a) {
  const std::int64_t i = grid_thread();
  if (i < a.count) a.dx[i] = a.y[i] > 0 ? a.dy[i] : 0.0f;
}

void relu_backward_v1_naive(Stream& stream, const ReluBackwardArgs& a) {
  constexpr int block = 256;
  launch(stream,
         {"relu_backward_v1_naive", blocks_for(a.count, block), block, 0, relu_backward_cost(a)},
         relu_backward_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
