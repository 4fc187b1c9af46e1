// softmax_backward_v2_warp.cu: gradient of softmax or log-softmax, one warp a row.
//
// computes   softmax.h;   y, dy, dx: (rows, cols), row-major
// mapping    warp w of the grid takes row w; lane l takes columns l, l + 32, …
// idea       neighbouring lanes read neighbouring addresses; the row's sum is a butterfly of shuffles
// limits     rows, cols ≥ 1
// cost       12·rows·cols bytes, 4·rows·cols flops
// next       a row of ≤ 1024 columns could stay in registers between the passes
#include "kernels/device/warp.cuh"
#include "kernels/softmax/softmax.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

constexpr int kSoftmaxBackwardBlock = 128;

__global__ void softmax_backward_v2_warp_kernel(SoftmaxBackwardArgs a) {
  const int row = static_cast<int>(blockIdx.x) * (kSoftmaxBackwardBlock / kWarp) + warp_id();
  if (row >= a.rows) return;  // the whole warp leaves together, so the shuffles below stay full
  const long long first = static_cast<long long>(row) * a.cols;
  float sum = 0;
  for (int c = lane_id(); c < a.cols; c += kWarp)
    sum += a.log ? a.dy[first + c] : a.dy[first + c] * a.y[first + c];
  sum = warp_sum(sum);
  for (int c = lane_id(); c < a.cols; c += kWarp) {
    const float y = a.y[first + c], dy = a.dy[first + c];
    a.dx[first + c] = a.log ? dy - expf(y) * sum : y * (dy - sum);
  }
}

void softmax_backward_v2_warp(Stream& stream, const SoftmaxBackwardArgs& a) {
  const unsigned grid = blocks_for(a.rows, kSoftmaxBackwardBlock / kWarp);
  launch(stream,
         {"softmax_backward_v2_warp", grid, kSoftmaxBackwardBlock, 0, softmax_backward_cost(a)},
         softmax_backward_v2_warp_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
