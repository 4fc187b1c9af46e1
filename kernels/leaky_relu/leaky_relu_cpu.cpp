// cpu: one loop, parallel over large arrays.
#include "kernels/leaky_relu/leaky_relu.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {

void leaky_relu(Stream& stream, const LeakyReluArgs& a) {
  const LaunchScope scope(stream, {"leaky_relu_cpu", {}, {}, 0, leaky_relu_cost(a)});
#pragma omp parallel for if (a.count >= 65536)
  for (std::int64_t i = 0; i < a.count; ++i) a.y[i] = a.x[i] > 0 ? a.v[i] : a.slope * a.v[i];
}

}  // namespace pellucid::cpu
