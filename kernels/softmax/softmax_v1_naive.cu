// softmax_v1_naive.cu: softmax or log-softmax along an axis, one thread a column of it, three passes.
//
// computes   softmax.h;   x, y: (rows, cols, inner), row-major
// mapping    thread t of the grid takes column t % inner of row t / inner
// idea       the formula as written: maximum, sum, quotient
// limits     rows, cols, inner ≥ 1
// cost       8·rows·cols·inner bytes at least; it reads x three times, a row's neighbours in other lanes
// next       v2 gives a row to a warp and reads it once for maximum and sum; v3 does that for inner > 1
#include "kernels/device/vector.cuh"
#include "kernels/softmax/softmax.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void softmax_v1_naive_kernel(SoftmaxArgs a) {
  const std::int64_t t = grid_thread(), step = a.inner;
  if (t >= a.rows * step) return;
  const float* x = a.x + t / step * a.cols * step + t % step;
  float* y = a.y + (x - a.x);
  float largest = x[0];
  for (int c = 1; c < a.cols; ++c) largest = fmaxf(largest, x[c * step]);
  float sum = 0;
  for (int c = 0; c < a.cols; ++c) sum += expf(x[c * step] - largest);
  const float log_sum = logf(sum);
  for (int c = 0; c < a.cols; ++c)
    y[c * step] = a.log ? x[c * step] - largest - log_sum : expf(x[c * step] - largest) / sum;
}

void softmax_v1_naive(Stream& stream, const SoftmaxArgs& a) {
  constexpr int block = 128;
  launch(stream,
         {"softmax_v1_naive", blocks_for(1LL * a.rows * a.inner, block), block, 0, softmax_cost(a)},
         softmax_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
