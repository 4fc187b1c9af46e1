// relu_backward_v2_vector.cu: gradient of the rectified linear unit, four elements a thread.
//
// computes   activation.h;   y, dy, dx: (count)
// mapping    thread t of the grid takes elements 4t … 4t + 3
// idea       16-byte loads and stores
// limits     count ≥ 1; y, dy and dx aligned to 16 bytes
// cost       12·count bytes, count flops (the comparison)
// next       nothing: it moves each byte once; the gain left is fusing it into its consumer
#include "kernels/activation/activation.h"
#include "kernels/alignment.h"
#include "kernels/device/vector.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

namespace {
__device__ __forceinline__ float gated(float y, float dy) { return y > 0 ? dy : 0.0f; }
}  // namespace

__global__ void relu_backward_v2_vector_kernel(ReluBackwardArgs a) {
  const std::int64_t first = kVector * grid_thread();
  if (first + kVector <= a.count) {
    const float4 y = load4(a.y + first), dy = load4(a.dy + first);
    store4(a.dx + first,
           make_float4(gated(y.x, dy.x), gated(y.y, dy.y), gated(y.z, dy.z), gated(y.w, dy.w)));
  } else {
    for (std::int64_t i = first; i < a.count; ++i) a.dx[i] = gated(a.y[i], a.dy[i]);
  }
}

void relu_backward_v2_vector(Stream& stream, const ReluBackwardArgs& a) {
  constexpr int block = 256;
  require_aligned16("relu_backward_v2_vector", {a.y, a.dy, a.dx});
  launch(stream,
         {"relu_backward_v2_vector", blocks_for(a.count, kVector * block), block, 0,
          relu_backward_cost(a)},
         relu_backward_v2_vector_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
