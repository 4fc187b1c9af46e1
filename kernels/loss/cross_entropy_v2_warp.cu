// cross_entropy_v2_warp.cu: weighted softmax cross-entropy and its gradient, one warp a row.
//
// computes   loss.h;   x, dx: (rows, classes), row-major; labels, loss: (rows); weights: (classes)
// mapping    warp w of the grid takes row w; lane l takes classes l, l + 32, …; lane 0 writes the
//            loss
// idea       neighbouring lanes read neighbouring logits; maximum and sum are butterflies of
//            shuffles
// limits     rows, classes ≥ 1
// cost       8·rows·classes + 8·rows bytes, 6·rows·classes flops (exp counted as one)
// next       with the paper's three classes 29 lanes idle: several rows could share a warp
#include "kernels/device/warp.cuh"
#include "kernels/loss/loss.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

constexpr int kCrossEntropyBlock = 128;
static_assert(kCrossEntropyBlock % kWarp == 0);

__global__ void cross_entropy_v2_warp_kernel(CrossEntropyArgs a) {
  const int row = static_cast<int>(blockIdx.x) * (kCrossEntropyBlock / kWarp) + warp_id();
  if (row >= a.rows) return;  // the whole warp leaves together, so the shuffles below stay full
  const long long first = static_cast<long long>(row) * a.classes;
  const float* x = a.x + first;
  const int label = a.labels[row];
  const float weight = a.weights ? a.weights[label] : 1.0f;
  float x_label = 0;
  if (lane_id() == 0) x_label = x[label];  // the shuffles below order it before any write of dx
  float largest = -INFINITY;
  for (int c = lane_id(); c < a.classes; c += kWarp) largest = fmaxf(largest, x[c]);
  largest = warp_max(largest);
  float sum = 0;
  for (int c = lane_id(); c < a.classes; c += kWarp) sum += expf(x[c] - largest);
  sum = warp_sum(sum);
  if (lane_id() == 0) a.loss[row] = weight * (logf(sum) + (largest - x_label));
  if (!a.dx) return;
  for (int c = lane_id(); c < a.classes; c += kWarp) {
    const float probability = expf(x[c] - largest) / sum;
    a.dx[first + c] = weight * (probability - (c == label ? 1.0f : 0.0f)) * a.scale;
  }
}

void cross_entropy_v2_warp(Stream& stream, const CrossEntropyArgs& a) {
  const unsigned grid = blocks_for(a.rows, kCrossEntropyBlock / kWarp);
  launch(stream, {"cross_entropy_v2_warp", grid, kCrossEntropyBlock, 0, cross_entropy_cost(a)},
         cross_entropy_v2_warp_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
