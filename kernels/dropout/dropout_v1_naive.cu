// dropout_v1_naive.cu: inverted dropout, one thread an element.
//
// computes   dropout.h;   x, y: (count)
// mapping    thread t of the grid takes element t
// idea       the formula as written: each thread runs all ten Philox rounds and keeps one word of
//            four
// limits     count ≥ 1; 0 ≤ rate < 1 (the operator checks it)
// cost       8·count bytes, count flops; the Philox rounds are about 60 integer instructions an
//            element
// next       v2 uses all four words
#include "kernels/device/vector.cuh"
#include "kernels/dropout/dropout.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void dropout_v1_naive_kernel(DropoutArgs a, float scale) {
  const std::int64_t i = grid_thread();
  if (i >= a.count) return;
  const bool dropped = random_uniform(a.key, static_cast<std::uint64_t>(i)) < a.rate;
  a.y[i] = dropped ? 0.0f : a.x[i] * scale;
}

void dropout_v1_naive(Stream& stream, const DropoutArgs& a) {
  constexpr int block = 256;
  launch(stream, {"dropout_v1_naive", blocks_for(a.count, block), block, 0, dropout_cost(a)},
         dropout_v1_naive_kernel, a, dropout_scale(a.rate));
}

}  // namespace pellucid::PELLUCID_BACKEND
