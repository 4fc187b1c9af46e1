// softmax_v1_naive.cu: row-wise softmax or log-softmax, one thread a row, three passes.
//
// computes   softmax.h;   x, y: (rows, cols), row-major
// mapping    thread t of the grid takes row t
// idea       the formula as written: maximum, sum, quotient
// limits     rows, cols ≥ 1
// cost       8·rows·cols bytes at least; it reads x three times, a row's neighbours in other lanes
// next       v2 gives a row to a warp and reads it once for maximum and sum
#include "kernels/device/warp.cuh"
#include "kernels/softmax/softmax.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void softmax_v1_naive_kernel(SoftmaxArgs a) {
  const int row = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (row >= a.rows) return;
  const float* x = a.x + static_cast<long long>(row) * a.cols;
  float* y = a.y + static_cast<long long>(row) * a.cols;
  float largest = x[0];
  for (int c = 1; c < a.cols; ++c) largest = fmaxf(largest, x[c]);
  float sum = 0;
  for (int c = 0; c < a.cols; ++c) sum += expf(x[c] - largest);
  const float log_sum = logf(sum);
  for (int c = 0; c < a.cols; ++c)
    y[c] = a.log ? x[c] - largest - log_sum : expf(x[c] - largest) / sum;
}

void softmax_v1_naive(Stream& stream, const SoftmaxArgs& a) {
  constexpr int block = 128;
  launch(stream, {"softmax_v1_naive", blocks_for(a.rows, block), block, 0, softmax_cost(a)},
         softmax_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
