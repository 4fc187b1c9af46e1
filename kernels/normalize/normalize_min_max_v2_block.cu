// normalize_min_max_v2_block.cu: min-max normalisation, one block a row.
//
// computes   normalize.h;   x, y: (rows, cols), row-major
// mapping    block b takes row b; thread t takes columns t, t + 256, …
// idea       neighbouring threads read neighbouring addresses; both extremes come from one sweep,
//            the second sweep finds a map of 224² still in the L2 cache
// limits     rows, cols ≥ 1
// cost       8·rows·cols bytes, 4·rows·cols flops
// next       one row occupies one block: v3 splits it
#include "kernels/device/block.cuh"
#include "kernels/normalize/normalize.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

constexpr int kNormalizeBlock = 256;

__global__ void normalize_min_max_v2_block_kernel(MinMaxArgs a) {
  const float* x = a.x + blockIdx.x * a.cols;
  float* y = a.y + blockIdx.x * a.cols;
  float low = INFINITY, high = -INFINITY;
  for (std::int64_t c = threadIdx.x; c < a.cols; c += kNormalizeBlock) {
    low = fminf(low, x[c]);
    high = fmaxf(high, x[c]);
  }
  // The barriers inside also keep y, which may be x, from being written while x is still read.
  low = block_min<kNormalizeBlock>(low);
  high = block_max<kNormalizeBlock>(high);
  const float range = high - low;
  for (std::int64_t c = threadIdx.x; c < a.cols; c += kNormalizeBlock)
    y[c] = range > 0 ? (x[c] - low) / (range + a.epsilon) : 0.0f;
}

void normalize_min_max_v2_block(Stream& stream, const MinMaxArgs& a) {
  const unsigned grid = blocks_for(a.rows, 1);
  launch(stream,
         {"normalize_min_max_v2_block", grid, kNormalizeBlock, 0, normalize_min_max_cost(a)},
         normalize_min_max_v2_block_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
