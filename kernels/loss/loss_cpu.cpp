// cpu: fp32 loops over the rows, parallel over rows.
#include <algorithm>
#include <cmath>

#include "kernels/loss/loss.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {

void cross_entropy(Stream& stream, const CrossEntropyArgs& a) {
  const LaunchScope scope(stream, {"cross_entropy_cpu", {}, {}, 0, cross_entropy_cost(a)});
#pragma omp parallel for if (a.rows >= 1024)
  for (int r = 0; r < a.rows; ++r) {
    const std::int64_t first = std::int64_t{r} * a.classes;
    const float* x = a.x + first;
    const int label = a.labels[r];
    const float weight = a.weights ? a.weights[label] : 1.0f;
    const float largest = *std::max_element(x, x + a.classes);
    float sum = 0;
    for (int c = 0; c < a.classes; ++c) sum += std::exp(x[c] - largest);
    a.loss[r] = weight * (std::log(sum) + (largest - x[label]));
    if (!a.dx) continue;
    for (int c = 0; c < a.classes; ++c) {
      const float probability = std::exp(x[c] - largest) / sum;
      a.dx[first + c] = weight * (probability - (c == label ? 1.0f : 0.0f)) * a.scale;
    }
  }
}

}  // namespace pellucid::cpu
