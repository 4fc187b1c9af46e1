// add_v2_vector.cu: y = a·x + b·z + constant, four elements a thread.
//
// computes   elementwise.h;   x, z, y: (count); x and z may be null
// mapping    thread t of the grid takes elements 4t … 4t + 3
// idea       16-byte loads and stores
// limits     count ≥ 1; x, z and y aligned to 16 bytes
// cost       12·count bytes (4 less for each null input), 4·count flops
// next       nothing: it moves each byte once
#include "kernels/alignment.h"
#include "kernels/device/vector.cuh"
#include "kernels/elementwise/elementwise.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void add_v2_vector_kernel(AddArgs a) {
  const std::int64_t first = kVector * grid_thread();
  const auto mix = [&a](float x, float z) { return fmaf(a.a, x, fmaf(a.b, z, a.constant)); };
  if (first + kVector <= a.count) {
    const float4 zero = make_float4(0, 0, 0, 0);
    const float4 x = a.x ? load4(a.x + first) : zero, z = a.z ? load4(a.z + first) : zero;
    store4(a.y + first, make_float4(mix(x.x, z.x), mix(x.y, z.y), mix(x.z, z.z), mix(x.w, z.w)));
  } else {
    for (std::int64_t i = first; i < a.count; ++i)
      a.y[i] = mix(a.x ? a.x[i] : 0.0f, a.z ? a.z[i] : 0.0f);
  }
}

void add_v2_vector(Stream& stream, const AddArgs& a) {
  constexpr int block = 256;
  require_aligned16("add_v2_vector", {a.x, a.z, a.y});
  launch(stream, {"add_v2_vector", blocks_for(a.count, kVector * block), block, 0, add_cost(a)},
         add_v2_vector_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
