// expand_patterns_v1_naive.cu: feature maps from the rows of patterns, one thread a value.
//
// computes   expand_patterns.h
// mapping    thread t of the grid writes value t of y
// idea       the formula as written
// limits     none beyond the operator's
// cost       4·N·H·W·C bytes read from the caches, a pool²-th of them written
// next       v2 looks a row up once for two channels
#include "kernels/device/vector.cuh"
#include "kernels/mask/expand_patterns.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void expand_patterns_v1_naive_kernel(ExpandPatternsArgs a) {
  const std::int64_t t = grid_thread(), image = std::int64_t{a.pooled_h()} * a.pooled_w() * a.c;
  const std::int64_t n = t / image;
  if (n >= a.n) return;
  const int value = static_cast<int>(t - n * image), c = value % a.c;
  float largest = -INFINITY;
  for_window(a, static_cast<int>(n), value / a.c,
             [&](const float* x) { largest = running_max(largest, x[c]); });
  a.y[t] = largest;
}

void expand_patterns_v1_naive(Stream& stream, const ExpandPatternsArgs& a) {
  constexpr int block = 256;
  const unsigned grid = blocks_for(1LL * a.n * a.pooled_h() * a.pooled_w() * a.c, block);
  launch(stream, {"expand_patterns_v1_naive", grid, block, 0, expand_patterns_cost(a)},
         expand_patterns_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
