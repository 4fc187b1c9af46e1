// leaky_relu_v1_naive.cu: leaky rectified linear unit, one thread an element.
//
// computes   leaky_relu.h;   x, v, y: (count)
// mapping    thread t of the grid takes element t
// idea       the formula as written
// limits     count ≥ 1
// cost       12·count bytes (8 where v is x), 2·count flops (comparison and product)
// next       v2 moves four elements a thread in one load
#include "kernels/device/vector.cuh"
#include "kernels/leaky_relu/leaky_relu.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void leaky_relu_v1_naive_kernel(LeakyReluArgs a) {
  const std::int64_t i = grid_thread();
  if (i < a.count) a.y[i] = a.x[i] > 0 ? a.v[i] : a.slope * a.v[i];
}

void leaky_relu_v1_naive(Stream& stream, const LeakyReluArgs& a) {
  constexpr int block = 256;
  launch(stream, {"leaky_relu_v1_naive", blocks_for(a.count, block), block, 0, leaky_relu_cost(a)},
         leaky_relu_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
