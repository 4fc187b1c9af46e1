// sgd_v2_vector.cu: one step of SGD with momentum, four parameters a thread.
//
// computes   optimizer.h;   w, g, m: (count)
// mapping    thread t of the grid takes parameters 4t … 4t + 3
// idea       16-byte loads and stores
// limits     count ≥ 1; all arrays aligned to 16 bytes
// cost       20·count bytes, 4·count flops
// next       one launch for all parameter arrays of a model: small biases cost a launch each here
#include "kernels/alignment.h"
#include "kernels/device/vector.cuh"
#include "kernels/optimizer/optimizer_step.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void sgd_v2_vector_kernel(SgdArgs a) {
  const std::int64_t first = kVector * grid_thread();
  if (first + kVector <= a.count) {
    float4 w = load4(a.w + first), m = load4(a.m + first);
    const float4 g = load4(a.g + first);
    sgd_step(a, w.x, g.x, m.x);
    sgd_step(a, w.y, g.y, m.y);
    sgd_step(a, w.z, g.z, m.z);
    sgd_step(a, w.w, g.w, m.w);
    store4(a.w + first, w);
    store4(a.m + first, m);
  } else {
    for (std::int64_t i = first; i < a.count; ++i) sgd_step(a, a.w[i], a.g[i], a.m[i]);
  }
}

void sgd_v2_vector(Stream& stream, const SgdArgs& a) {
  constexpr int block = 256;
  require_aligned16("sgd_v2_vector", {a.w, a.g, a.m});
  launch(stream, {"sgd_v2_vector", blocks_for(a.count, kVector * block), block, 0, sgd_cost(a)},
         sgd_v2_vector_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
