// cpu: one loop, parallel over large arrays.
#include "kernels/activation/activation.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {

void relu(Stream& stream, const ReluArgs& a) {
  const LaunchScope scope(stream, {"relu_cpu", {}, {}, 0, relu_cost(a)});
#pragma omp parallel for if (a.count >= 65536)
  for (std::int64_t i = 0; i < a.count; ++i) a.y[i] = a.x[i] <= 0 ? 0.0f : a.x[i];
}

void relu_backward(Stream& stream, const ReluBackwardArgs& a) {
  const LaunchScope scope(stream, {"relu_backward_cpu", {}, {}, 0, relu_backward_cost(a)});
#pragma omp parallel for if (a.count >= 65536)
  for (std::int64_t i = 0; i < a.count; ++i) a.dx[i] = a.y[i] > 0 ? a.dy[i] : 0.0f;
}

}  // namespace pellucid::cpu
