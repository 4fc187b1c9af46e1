// add_v1_naive.cu: y = a·x + b·z + constant, one thread an element.
//
// computes   elementwise.h;   x, z, y: (count); x and z may be null
// mapping    thread t of the grid takes element t
// idea       one kernel for adding, scaling and filling: the branches on null are the same for all
// limits     count ≥ 1
// cost       12·count bytes (4 less for each null input), 4·count flops
// next       v2 moves four elements a thread in one load
#include "kernels/device/vector.cuh"
#include "kernels/elementwise/elementwise.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void add_v1_naive_kernel(AddArgs a) {
  const std::int64_t i = grid_thread();
  if (i >= a.count) return;
  const float x = a.x ? a.x[i] : 0.0f, z = a.z ? a.z[i] : 0.0f;
  a.y[i] = fmaf(a.a, x, fmaf(a.b, z, a.constant));
}

void add_v1_naive(Stream& stream, const AddArgs& a) {
  constexpr int block = 256;
  launch(stream, {"add_v1_naive", blocks_for(a.count, block), block, 0, add_cost(a)},
         add_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
