// adam_v2_vector.cu: one step of Adam, four parameters a thread.
//
// computes   optimizer.h;   w, g, m, v: (count)
// mapping    thread t of the grid takes parameters 4t … 4t + 3
// idea       16-byte loads and stores: four arrays of loads are in flight before the first is
//            needed
// limits     count ≥ 1; all arrays aligned to 16 bytes
// cost       28·count bytes, 12·count flops (root and quotient counted as one each)
// next       one launch for all parameter arrays of a model: small biases cost a launch each here
#include "kernels/alignment.h"
#include "kernels/device/vector.cuh"
#include "kernels/optimizer/optimizer_step.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void adam_v2_vector_kernel(AdamArgs a) {
  const std::int64_t first = kVector * grid_thread();
  if (first + kVector <= a.count) {
    float4 w = load4(a.w + first), m = load4(a.m + first), v = load4(a.v + first);
    const float4 g = load4(a.g + first);
    adam_step(a, w.x, g.x, m.x, v.x);
    adam_step(a, w.y, g.y, m.y, v.y);
    adam_step(a, w.z, g.z, m.z, v.z);
    adam_step(a, w.w, g.w, m.w, v.w);
    store4(a.w + first, w);
    store4(a.m + first, m);
    store4(a.v + first, v);
  } else {
    for (std::int64_t i = first; i < a.count; ++i) adam_step(a, a.w[i], a.g[i], a.m[i], a.v[i]);
  }
}

void adam_v2_vector(Stream& stream, const AdamArgs& a) {
  constexpr int block = 256;
  require_aligned16("adam_v2_vector", {a.w, a.g, a.m, a.v});
  launch(stream, {"adam_v2_vector", blocks_for(a.count, kVector * block), block, 0, adam_cost(a)},
         adam_v2_vector_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
