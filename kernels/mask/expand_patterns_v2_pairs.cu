// expand_patterns_v2_pairs.cu: feature maps from the rows of patterns, two channels a thread.
//
// computes   expand_patterns.h
// mapping    thread t of the grid writes values 2t and 2t + 1 of y: two channels of one output
// idea       a row is found by three loads that depend on each other: half as many threads find it,
//            and each reads and writes 8 bytes
// limits     an even number of channels
// cost       4·N·H·W·C bytes read from the caches, a pool²-th of them written
// next       four channels a thread where there are as many
#include "kernels/device/vector.cuh"
#include "kernels/mask/expand_patterns.cuh"
#include "runtime/error.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void expand_patterns_v2_pairs_kernel(ExpandPatternsArgs a) {
  const int pairs = a.c / 2;
  const std::int64_t t = grid_thread(), image = std::int64_t{a.pooled_h()} * a.pooled_w() * pairs;
  const std::int64_t n = t / image;
  if (n >= a.n) return;
  const int pair = static_cast<int>(t - n * image), c = 2 * (pair % pairs);
  float2 largest = make_float2(-INFINITY, -INFINITY);
  for_window(a, static_cast<int>(n), pair / pairs, [&](const float* x) {
    const float2 value = load2(x + c);
    largest.x = running_max(largest.x, value.x);
    largest.y = running_max(largest.y, value.y);
  });
  store_whole(a.y + 2 * t, largest);
}

void expand_patterns_v2_pairs(Stream& stream, const ExpandPatternsArgs& a) {
  require(a.c % 2 == 0, "expand_patterns_v2_pairs: an even number of channels, got ", a.c);
  constexpr int block = 256;
  const unsigned grid = blocks_for(1LL * a.n * a.pooled_h() * a.pooled_w() * (a.c / 2), block);
  launch(stream, {"expand_patterns_v2_pairs", grid, block, 0, expand_patterns_cost(a)},
         expand_patterns_v2_pairs_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
