// softmax_v2_online.cu: row-wise softmax or log-softmax, one warp a row, one pass for max and sum.
//
// computes   softmax.h;   x, y: (rows, cols), row-major
// mapping    warp w of the grid takes rows w, w + warps, …; lane l takes columns l, l + 32, …
// idea       lanes keep running (max, sum) pairs and merge them by shuffles, so x is read twice,
//            not three times, and neighbouring lanes read neighbouring addresses
//            (Milakov and Gimelshein, "Online normalizer calculation for softmax", 2018)
// limits     rows, cols ≥ 1
// cost       8·rows·cols bytes, 5·rows·cols flops (exp counted as one)
// next       a row of ≤ 1024 columns could stay in registers between the passes
#include "kernels/device/warp.cuh"
#include "kernels/softmax/softmax.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

constexpr int kSoftmaxBlock = 128;

__global__ void softmax_v2_online_kernel(SoftmaxArgs a) {
  const int warps = static_cast<int>(gridDim.x) * (kSoftmaxBlock / kWarp);
  const int lane = lane_id();
  for (int row = static_cast<int>(blockIdx.x) * (kSoftmaxBlock / kWarp) + warp_id(); row < a.rows;
       row += warps) {
    const float* x = a.x + static_cast<long long>(row) * a.cols;
    float* y = a.y + static_cast<long long>(row) * a.cols;
    // A lane without columns holds the neutral pair (−∞, 0).
    float largest = -INFINITY, sum = 0;
    for (int c = lane; c < a.cols; c += kWarp) {
      const float bigger = fmaxf(largest, x[c]);
      sum = sum * expf(largest - bigger) + expf(x[c] - bigger);
      largest = bigger;
    }
    const float row_max = warp_max(largest);
    // −∞ − −∞ would be NaN: lanes without columns contribute nothing.
    const float row_sum = warp_sum(largest == -INFINITY ? 0.0f : sum * expf(largest - row_max));
    const float log_sum = logf(row_sum);
    for (int c = lane; c < a.cols; c += kWarp)
      y[c] = a.log ? x[c] - row_max - log_sum : expf(x[c] - row_max) / row_sum;
  }
}

void softmax_v2_online(Stream& stream, const SoftmaxArgs& a) {
  const unsigned grid = blocks_for(a.rows, kSoftmaxBlock / kWarp);
  launch(stream, {"softmax_v2_online", grid, kSoftmaxBlock, 0, softmax_cost(a)},
         softmax_v2_online_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
