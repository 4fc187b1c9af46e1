// cpu: fp32 loops over the rows, parallel over rows.
#include <algorithm>
#include <cmath>

#include "kernels/softmax/softmax.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {

void softmax(Stream& stream, const SoftmaxArgs& a) {
  const LaunchScope scope(stream, {"softmax_cpu", {}, {}, 0, softmax_cost(a)});
#pragma omp parallel for if (a.rows >= 1024)
  for (int r = 0; r < a.rows; ++r) {
    const float* x = a.x + std::int64_t{r} * a.cols;
    float* y = a.y + std::int64_t{r} * a.cols;
    const float largest = *std::max_element(x, x + a.cols);
    float sum = 0;
    for (int c = 0; c < a.cols; ++c) sum += std::exp(x[c] - largest);
    const float log_sum = std::log(sum);
    for (int c = 0; c < a.cols; ++c)
      y[c] = a.log ? x[c] - largest - log_sum : std::exp(x[c] - largest) / sum;
  }
}

void softmax_backward(Stream& stream, const SoftmaxBackwardArgs& a) {
  const LaunchScope scope(stream, {"softmax_backward_cpu", {}, {}, 0, softmax_backward_cost(a)});
#pragma omp parallel for if (a.rows >= 1024)
  for (int r = 0; r < a.rows; ++r) {
    const std::int64_t first = std::int64_t{r} * a.cols;
    const float *y = a.y + first, *dy = a.dy + first;
    float* dx = a.dx + first;
    float sum = 0;
    for (int c = 0; c < a.cols; ++c) sum += a.log ? dy[c] : dy[c] * y[c];
    for (int c = 0; c < a.cols; ++c)
      dx[c] = a.log ? dy[c] - std::exp(y[c]) * sum : y[c] * (dy[c] - sum);
  }
}

}  // namespace pellucid::cpu
