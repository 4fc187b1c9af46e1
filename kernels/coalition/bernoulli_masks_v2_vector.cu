// bernoulli_masks_v2_vector.cu: LIME's coalitions, four words and one Philox call a thread.
//
// computes   coalition.h;   bits: (N, ⌈M/32⌉)
// mapping    thread t of the grid writes words 4t … 4t + 3, whatever rows they belong to
// idea       words 4t … 4t + 3 share a Philox counter: the ten rounds run once for four words, and
//            they are stored as 16 bytes
// limits     N ≥ 1, 1 ≤ M ≤ 1024; bits aligned to 16 bytes
// cost       4·N·⌈M/32⌉ bytes written
// next       the convolution that reads the masks could draw them itself, but the solve reads them
//            again
#include "kernels/alignment.h"
#include "kernels/coalition/coalition.h"
#include "kernels/device/unroll.cuh"
#include "kernels/device/vector.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

constexpr int kMaskWords = 4;  // of a Philox call

struct alignas(16) MaskWords {
  std::uint32_t word[kMaskWords];
};

}  // namespace

__global__ void bernoulli_masks_v2_vector_kernel(BernoulliMasksArgs a) {
  const std::int64_t first = kMaskWords * grid_thread();
  const int words = coalition_words(a.features);
  const std::int64_t count = a.rows * words;
  if (first >= count) return;
  MaskWords drawn;
  // The four calls differ in the chosen word only, so the compiler runs the rounds once.
  PELLUCID_UNROLL
  for (int j = 0; j < kMaskWords; ++j) {
    const std::int64_t at = first + j;
    const std::uint32_t used = coalition_word_mask(a.features, static_cast<int>(at % words));
    const std::uint32_t bits =
        random_bits(a.key, static_cast<std::uint64_t>(first) | static_cast<std::uint64_t>(j));
    drawn.word[j] = at < words ? used : bits & used;
  }
  if (first + kMaskWords <= count) {
    store_whole(a.bits + first, drawn);
    return;
  }
  PELLUCID_UNROLL
  for (int j = 0; j < kMaskWords; ++j)
    if (first + j < count) a.bits[first + j] = drawn.word[j];
}

void bernoulli_masks_v2_vector(Stream& stream, const BernoulliMasksArgs& a) {
  constexpr int block = 128;
  require_aligned16("bernoulli_masks_v2_vector", {a.bits});
  launch(stream,
         {"bernoulli_masks_v2_vector",
          blocks_for(a.rows * coalition_words(a.features), kMaskWords * block), block, 0,
          bernoulli_masks_cost(a)},
         bernoulli_masks_v2_vector_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
