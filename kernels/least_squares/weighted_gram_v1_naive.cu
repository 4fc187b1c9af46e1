// weighted_gram_v1_naive.cu: the weighted sums of a regression on bits, one thread a sum.
//
// computes   least_squares.h, as Rᵀ C of weighted_gram_moment.cuh;
//            bits: (N, ⌈M/32⌉), weights: (N), targets: (N, D), gram: (M, M), rhs: (M, D)
// mapping    thread t of the grid takes element t of the (M + 1, M + 1 + 2D) product, row-major
// idea       the formula as written: all N rows in order
// limits     1 ≤ M ≤ 1024, N, D ≥ 1
// cost       N·(M(M+1)/2 + M·D + 1 + 2D) adds at least, here twice that; every thread reads every
//            row's words and weight (from cache)
// next       v2 reads a row once for 32 × 32 sums and splits the rows over blocks
#include "kernels/least_squares/weighted_gram_moment.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void weighted_gram_v1_naive_kernel(WeightedGramArgs a) {
  const int columns = moment_columns(a);
  const std::int64_t t = grid_thread();
  if (t >= std::int64_t{moment_rows(a)} * columns) return;
  const int i = static_cast<int>(t / columns), q = static_cast<int>(t % columns);
  double sum = 0;
  for (std::int64_t n = 0; n < a.rows; ++n)
    if (moment_row_bits(a, n, i / 32) >> i % 32 & 1u) sum += moment_column(a, n, q);
  store_moment(a, i, q, sum);
}

void weighted_gram_v1_naive(Stream& stream, const WeightedGramArgs& a) {
  constexpr int block = 128;
  const long long sums = (a.features + 1LL) * (a.features + 1LL + 2LL * a.columns);
  launch(stream,
         {"weighted_gram_v1_naive", blocks_for(sums, block), block, 0, weighted_gram_cost(a)},
         weighted_gram_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
