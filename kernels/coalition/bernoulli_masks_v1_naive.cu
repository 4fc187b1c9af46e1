// bernoulli_masks_v1_naive.cu: LIME's coalitions, one thread a word.
//
// computes   coalition.h;   bits: (N, ⌈M/32⌉)
// mapping    thread t of the grid writes word t
// idea       the formula as written: each thread runs all ten Philox rounds and keeps one word of
//            four
// limits     N ≥ 1, 1 ≤ M ≤ 1024
// cost       4·N·⌈M/32⌉ bytes written
// next       v2 uses all four words
#include "kernels/coalition/coalition.h"
#include "kernels/device/vector.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void bernoulli_masks_v1_naive_kernel(BernoulliMasksArgs a) {
  const std::int64_t t = grid_thread();
  const int words = coalition_words(a.features);
  if (t >= a.rows * words) return;
  const std::uint32_t used = coalition_word_mask(a.features, static_cast<int>(t % words));
  a.bits[t] = t < words ? used : random_bits(a.key, static_cast<std::uint64_t>(t)) & used;
}

void bernoulli_masks_v1_naive(Stream& stream, const BernoulliMasksArgs& a) {
  constexpr int block = 128;
  launch(stream,
         {"bernoulli_masks_v1_naive", blocks_for(a.rows * coalition_words(a.features), block),
          block, 0, bernoulli_masks_cost(a)},
         bernoulli_masks_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
