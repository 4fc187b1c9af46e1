// dropout_v2_vector.cu: inverted dropout, four elements and one Philox call a thread.
//
// computes   dropout.h;   x, y: (count)
// mapping    thread t of the grid takes elements 4t … 4t + 3
// idea       Philox yields four words at a time, and elements 4t … 4t + 3 share a counter: the ten
//            rounds run once for four elements; loads and stores are of 16 bytes
// limits     count ≥ 1; 0 ≤ rate < 1 (the operator checks it); x and y aligned to 16 bytes
// cost       8·count bytes, count flops; about 15 integer instructions an element
// next       the mask could be applied inside the linear layer that precedes it
#include "kernels/alignment.h"
#include "kernels/device/vector.cuh"
#include "kernels/dropout/dropout.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void dropout_v2_vector_kernel(DropoutArgs a, float scale) {
  const std::int64_t first = kVector * grid_thread();
  if (first >= a.count) return;
  // The four calls differ in the chosen word only, so the compiler runs the rounds once.
  float factor[kVector];
  for (int j = 0; j < kVector; ++j) {
    const auto index = static_cast<std::uint64_t>(first) | static_cast<std::uint64_t>(j);
    factor[j] = random_uniform(a.key, index) < a.rate ? 0.0f : scale;
  }
  const auto kept = [](float x, float f) { return f == 0 ? 0.0f : x * f; };
  if (first + kVector <= a.count) {
    const float4 x = load4(a.x + first);
    store4(a.y + first, make_float4(kept(x.x, factor[0]), kept(x.y, factor[1]),
                                    kept(x.z, factor[2]), kept(x.w, factor[3])));
  } else {
    for (int j = 0; first + j < a.count; ++j) a.y[first + j] = kept(a.x[first + j], factor[j]);
  }
}

void dropout_v2_vector(Stream& stream, const DropoutArgs& a) {
  constexpr int block = 256;
  require_aligned16("dropout_v2_vector", {a.x, a.y});
  launch(stream,
         {"dropout_v2_vector", blocks_for(a.count, kVector * block), block, 0, dropout_cost(a)},
         dropout_v2_vector_kernel, a, dropout_scale(a.rate));
}

}  // namespace pellucid::PELLUCID_BACKEND
