// weighted_sum_v1_naive.cu: a weighted sum of pictures, one thread a value.
//
// computes   y[n,i] = Σ_k w[k,n]·x[k,i];   x: (K, I), w: (K, N), y: (N, I)
// mapping    thread t of the grid takes value t = n·I + i and walks k upwards
// idea       the formula as written: neighbouring threads read neighbouring values of a picture
// limits     N, I, K ≥ 1
// cost       2·N·I·K flops; x is read N times, four bytes a thread
// next       v2 reads sixteen bytes a thread, and a value of x for four sums
#include "kernels/device/vector.cuh"
#include "kernels/weighted_sum/weighted_sum.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void weighted_sum_v1_naive_kernel(WeightedSumArgs a) {
  const std::int64_t value = grid_thread();
  if (value >= std::int64_t{a.n} * a.i) return;
  const std::int64_t n = value / a.i, i = value % a.i;
  float sum = 0;
  for (std::int64_t k = 0; k < a.k; ++k) sum = fmaf(a.w[k * a.n + n], a.x[k * a.i + i], sum);
  a.y[value] = sum;
}

void weighted_sum_v1_naive(Stream& stream, const WeightedSumArgs& a) {
  constexpr int block = 128;
  launch(
      stream,
      {"weighted_sum_v1_naive", blocks_for(1LL * a.n * a.i, block), block, 0, weighted_sum_cost(a)},
      weighted_sum_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
