// enumerate_subsets_v1_unrank.cu: all subsets of one size, one thread a subset.
//
// computes   coalition.h;   bits: (C(M, s), ⌈M/32⌉), or twice as many rows, each with its complement
// mapping    thread t of the grid writes subset t in lexicographic order, and its complement
// idea       a subset is found from its number alone: of those that agree so far, C(m, k) hold the
//            feature looked at (m features to its right, k more to choose) and come first. C(m, k)
//            follows from feature to feature by one product and one exact quotient
// limits     2 ≤ M ≤ 1024, C(M, s) ≤ 2^24: so every C(m, k) fits, and its product with M in 64 bits
// cost       4·⌈M/32⌉ bytes a row written; M products and quotients a subset
// next       neighbours in the order share all but the last features, which a thread could step
//            through
#include "kernels/coalition/coalition.h"
#include "kernels/device/vector.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void enumerate_subsets_v1_unrank_kernel(EnumerateSubsetsArgs a,
                                                   std::int64_t with_first) {
  const std::int64_t t = grid_thread();
  if (t >= a.subsets) return;
  const int words = coalition_words(a.features);
  const bool paired = is_paired(a.features, a.size);
  std::uint32_t* row = a.bits + t * (paired ? 2 * words : words);
  std::int64_t rank = t;              // among the subsets that agree so far
  std::int64_t holding = with_first;  // of them, those with the feature looked at: C(right, more)
  int more = a.size - 1;
  for (int w = 0; w < words; ++w) {
    std::uint32_t word = 0;
    for (int bit = 0; bit < 32; ++bit) {
      const int right = a.features - 1 - (32 * w + bit);
      if (right < 0) break;
      const bool takes = rank < holding;
      if (takes) word |= 1u << bit;
      else rank -= holding;
      if (right > 0) holding = holding * (takes ? more : right - more) / right;
      if (takes) --more;
    }
    row[w] = word;
    if (paired) row[words + w] = word ^ coalition_word_mask(a.features, w);
  }
}

void enumerate_subsets_v1_unrank(Stream& stream, const EnumerateSubsetsArgs& a) {
  constexpr int block = 128;
  const std::int64_t with_first = a.subsets * a.size / a.features;  // C(M − 1, s − 1)
  launch(stream,
         {"enumerate_subsets_v1_unrank", blocks_for(a.subsets, block), block, 0,
          enumerate_subsets_cost(a)},
         enumerate_subsets_v1_unrank_kernel, a, with_first);
}

}  // namespace pellucid::PELLUCID_BACKEND
