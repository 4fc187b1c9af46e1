// softmax_backward_v1_naive.cu: gradient of softmax or log-softmax, one thread a row, two passes.
//
// computes   softmax.h;   y, dy, dx: (rows, cols), row-major
// mapping    thread t of the grid takes row t
// idea       the formula as written
// limits     rows, cols ≥ 1
// cost       12·rows·cols bytes at least; y and dy are read twice, uncoalesced
// next       v2 gives a row to a warp
#include "kernels/device/warp.cuh"
#include "kernels/softmax/softmax.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void softmax_backward_v1_naive_kernel(SoftmaxBackwardArgs a) {
  const int row = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (row >= a.rows) return;
  const long long first = static_cast<long long>(row) * a.cols;
  float sum = 0;
  for (int c = 0; c < a.cols; ++c)
    sum += a.log ? a.dy[first + c] : a.dy[first + c] * a.y[first + c];
  for (int c = 0; c < a.cols; ++c) {
    const float y = a.y[first + c], dy = a.dy[first + c];
    a.dx[first + c] = a.log ? dy - expf(y) * sum : y * (dy - sum);
  }
}

void softmax_backward_v1_naive(Stream& stream, const SoftmaxBackwardArgs& a) {
  constexpr int block = 128;
  launch(
      stream,
      {"softmax_backward_v1_naive", blocks_for(a.rows, block), block, 0, softmax_backward_cost(a)},
      softmax_backward_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
