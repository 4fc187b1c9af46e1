// coalition_weights_v1_row.cu: a weight by the number of features present, one thread a row.
//
// computes   coalition.h;   bits: (N, ⌈M/32⌉), table: (M + 1), multiplicity, weights: (N)
// mapping    thread n of the grid takes row n
// idea       there are M + 1 weights, which the host computes; a row counts its bits and looks up
// limits     N ≥ 1, 1 ≤ M ≤ 1024
// cost       4·⌈M/32⌉ + 8 bytes a row, 4 more with a multiplicity; the table stays in the cache
// next       for many words, a warp a row would read neighbouring ones
#include "kernels/coalition/coalition.h"
#include "kernels/device/bits.cuh"
#include "kernels/device/vector.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void coalition_weights_v1_row_kernel(CoalitionWeightsArgs a) {
  const std::int64_t n = grid_thread();
  if (n >= a.rows) return;
  const int words = coalition_words(a.features);
  int present = 0;
  for (int w = 0; w < words; ++w) present += popcount(a.bits[n * words + w]);
  a.weights[n] = a.table[present] * (a.multiplicity ? a.multiplicity[n] : 1);
}

void coalition_weights_v1_row(Stream& stream, const CoalitionWeightsArgs& a) {
  constexpr int block = 128;
  launch(
      stream,
      {"coalition_weights_v1_row", blocks_for(a.rows, block), block, 0, coalition_weights_cost(a)},
      coalition_weights_v1_row_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
