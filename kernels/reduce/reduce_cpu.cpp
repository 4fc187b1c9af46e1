// cpu: a row a thread. A sum keeps sixteen running sums, which the compiler holds in vector
// registers and which also shortens each chain of roundings; they are folded in a fixed order.
#include <algorithm>
#include <limits>

#include "kernels/reduce/reduce.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
namespace {

float sum_of(const float* x, std::int64_t count) {
  constexpr int kSums = 16;
  float sums[kSums] = {};
  std::int64_t i = 0;
  for (; i + kSums <= count; i += kSums)
    for (int s = 0; s < kSums; ++s) sums[s] += x[i + s];
  for (int s = 0; i < count; ++i, ++s) sums[s] += x[i];
  float total = 0;
  for (const float sum : sums) total += sum;
  return total;
}

}  // namespace

void row_sum(Stream& stream, const RowSumArgs& a) {
  const LaunchScope scope(stream, {"row_sum_cpu", {}, {}, 0, row_sum_cost(a)});
#pragma omp parallel for if (a.rows > 1 && a.rows * a.cols >= 65536)
  for (int r = 0; r < a.rows; ++r) {
    // Parts keep the error of a long row small: it grows with the length of a part.
    const float* x = a.x + r * a.cols;
    float sum = 0;
    for (std::int64_t first = 0; first < a.cols; first += kReducePart)
      sum += sum_of(x + first, std::min(kReducePart, a.cols - first));
    a.y[r] = sum;
  }
}

void row_max(Stream& stream, const RowMaxArgs& a) {
  const LaunchScope scope(stream, {"row_max_cpu", {}, {}, 0, row_max_cost(a)});
#pragma omp parallel for if (a.rows > 1 && a.rows * a.cols >= 65536)
  for (int r = 0; r < a.rows; ++r) {
    const float* x = a.x + r * a.cols;
    float largest = -std::numeric_limits<float>::infinity();
    std::int64_t position = 0;
    for (std::int64_t c = 0; c < a.cols; ++c)
      if (x[c] > largest) largest = x[c], position = c;
    if (a.y) a.y[r] = largest;
    if (a.index) a.index[r] = static_cast<std::int32_t>(position);
  }
}

}  // namespace pellucid::cpu
