// softmax_backward_v1_naive.cu: gradient of softmax or log-softmax, one thread a column, two passes.
//
// computes   softmax.h;   y, dy, dx: (rows, cols, inner), row-major
// mapping    thread t of the grid takes column t % inner of row t / inner
// idea       the formula as written
// limits     rows, cols, inner ≥ 1
// cost       12·rows·cols·inner bytes at least; y and dy are read twice, uncoalesced
// next       v2 gives a row to a warp; v3 gives lanes to the columns of inner > 1
#include "kernels/device/vector.cuh"
#include "kernels/softmax/softmax.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void softmax_backward_v1_naive_kernel(SoftmaxBackwardArgs a) {
  const std::int64_t t = grid_thread(), step = a.inner;
  if (t >= a.rows * step) return;
  const std::int64_t first = t / step * a.cols * step + t % step;
  float sum = 0;
  for (int c = 0; c < a.cols; ++c)
    sum += a.log ? a.dy[first + c * step] : a.dy[first + c * step] * a.y[first + c * step];
  for (int c = 0; c < a.cols; ++c) {
    const float y = a.y[first + c * step], dy = a.dy[first + c * step];
    a.dx[first + c * step] = a.log ? dy - expf(y) * sum : y * (dy - sum);
  }
}

void softmax_backward_v1_naive(Stream& stream, const SoftmaxBackwardArgs& a) {
  constexpr int block = 128;
  launch(stream,
         {"softmax_backward_v1_naive", blocks_for(1LL * a.rows * a.inner, block), block, 0,
          softmax_backward_cost(a)},
         softmax_backward_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
