// cpu: a row a thread.
#include <algorithm>

#include "kernels/normalize/normalize.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {

void normalize_min_max(Stream& stream, const MinMaxArgs& a) {
  const LaunchScope scope(stream, {"normalize_min_max_cpu", {}, {}, 0, normalize_min_max_cost(a)});
#pragma omp parallel for if (a.rows > 1 && a.rows * a.cols >= 65536)
  for (int r = 0; r < a.rows; ++r) {
    const float* x = a.x + r * a.cols;
    float* y = a.y + r * a.cols;
    float low = x[0], high = x[0];
    for (std::int64_t c = 1; c < a.cols; ++c) {
      low = std::min(low, x[c]);
      high = std::max(high, x[c]);
    }
    const float range = high - low;
    for (std::int64_t c = 0; c < a.cols; ++c)
      y[c] = range > 0 ? (x[c] - low) / (range + a.epsilon) : 0.0f;
  }
}

}  // namespace pellucid::cpu
