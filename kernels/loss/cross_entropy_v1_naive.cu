// cross_entropy_v1_naive.cu: weighted softmax cross-entropy and its gradient, one thread a row.
//
// computes   loss.h;   x, dx: (rows, classes), row-major; labels, loss: (rows); weights: (classes)
// mapping    thread t of the grid takes row t
// idea       the formula as written: maximum, sum, then loss and gradient from both
// limits     rows, classes ≥ 1
// cost       8·rows·classes + 8·rows bytes at least; it reads x three times, uncoalesced
// next       v2 gives a row to a warp
#include "kernels/device/warp.cuh"
#include "kernels/loss/loss.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void cross_entropy_v1_naive_kernel(CrossEntropyArgs a) {
  const int row = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (row >= a.rows) return;
  const long long first = static_cast<long long>(row) * a.classes;
  const float* x = a.x + first;
  const int label = a.labels[row];
  const float weight = a.weights ? a.weights[label] : 1.0f;
  const float x_label = x[label];  // read before dx, which may be x, is written
  float largest = x[0];
  for (int c = 1; c < a.classes; ++c) largest = fmaxf(largest, x[c]);
  float sum = 0;
  for (int c = 0; c < a.classes; ++c) sum += expf(x[c] - largest);
  a.loss[row] = weight * (logf(sum) + (largest - x_label));
  if (!a.dx) return;
  for (int c = 0; c < a.classes; ++c) {
    const float probability = expf(x[c] - largest) / sum;
    a.dx[first + c] = weight * (probability - (c == label ? 1.0f : 0.0f)) * a.scale;
  }
}

void cross_entropy_v1_naive(Stream& stream, const CrossEntropyArgs& a) {
  constexpr int block = 128;
  launch(stream,
         {"cross_entropy_v1_naive", blocks_for(a.rows, block), block, 0, cross_entropy_cost(a)},
         cross_entropy_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
