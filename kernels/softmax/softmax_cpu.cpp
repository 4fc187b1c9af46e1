// cpu: fp32 loops over the rows, parallel over rows. With inner > 1 a pass walks over all of a row's columns,
// which are neighbours in memory, and keeps a maximum and a sum of each.
#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/softmax/softmax.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
namespace {

// Of one row, (cols, inner).
void softmax_columns(const SoftmaxArgs& a, const float* x, float* y) {
  const std::int64_t inner = a.inner;
  std::vector<float> largest(x, x + inner), sums(static_cast<std::size_t>(inner));
  for (int c = 1; c < a.cols; ++c)
    for (std::int64_t i = 0; i < inner; ++i) largest[i] = std::max(largest[i], x[c * inner + i]);
  for (int c = 0; c < a.cols; ++c)
    for (std::int64_t i = 0; i < inner; ++i) {
      const float shifted = x[c * inner + i] - largest[i], exponential = std::exp(shifted);
      sums[i] += exponential;
      y[c * inner + i] = a.log ? shifted : exponential;
    }
  if (a.log)
    for (float& sum : sums) sum = std::log(sum);
  for (int c = 0; c < a.cols; ++c)
    for (std::int64_t i = 0; i < inner; ++i)
      y[c * inner + i] = a.log ? y[c * inner + i] - sums[i] : y[c * inner + i] / sums[i];
}

void derive_columns(const SoftmaxBackwardArgs& a, std::int64_t first) {
  const std::int64_t inner = a.inner;
  const float *y = a.y + first, *dy = a.dy + first;
  float* dx = a.dx + first;
  std::vector<float> sums(static_cast<std::size_t>(inner));
  for (int c = 0; c < a.cols; ++c)
    for (std::int64_t i = c * inner; i < (c + 1) * inner; ++i)
      sums[i - c * inner] += a.log ? dy[i] : dy[i] * y[i];
  for (int c = 0; c < a.cols; ++c)
    for (std::int64_t i = c * inner; i < (c + 1) * inner; ++i) {
      const float sum = sums[i - c * inner];
      dx[i] = a.log ? dy[i] - std::exp(y[i]) * sum : y[i] * (dy[i] - sum);
    }
}

// Rows from which threads are worth their cost; unused in a build without OpenMP.
template <class Args>
[[maybe_unused]] bool many(const Args& a) {
  return a.rows >= 1024 || (a.inner > 1 && double{1} * a.rows * a.cols * a.inner >= 65536);
}

}  // namespace

void softmax(Stream& stream, const SoftmaxArgs& a) {
  const LaunchScope scope(stream, {"softmax_cpu", {}, {}, 0, softmax_cost(a)});
#pragma omp parallel for if (many(a))
  for (int r = 0; r < a.rows; ++r) {
    const float* x = a.x + std::int64_t{r} * a.cols * a.inner;
    float* y = a.y + std::int64_t{r} * a.cols * a.inner;
    if (a.inner > 1) {
      softmax_columns(a, x, y);
      continue;
    }
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
#pragma omp parallel for if (many(a))
  for (int r = 0; r < a.rows; ++r) {
    const std::int64_t first = std::int64_t{r} * a.cols * a.inner;
    if (a.inner > 1) {
      derive_columns(a, first);
      continue;
    }
    const float *y = a.y + first, *dy = a.dy + first;
    float* dx = a.dx + first;
    float sum = 0;
    for (int c = 0; c < a.cols; ++c) sum += a.log ? dy[c] : dy[c] * y[c];
    for (int c = 0; c < a.cols; ++c)
      dx[c] = a.log ? dy[c] - std::exp(y[c]) * sum : y[c] * (dy[c] - sum);
  }
}

}  // namespace pellucid::cpu
