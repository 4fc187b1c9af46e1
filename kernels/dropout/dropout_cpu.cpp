// cpu: one loop, parallel over large arrays.
#include "kernels/dropout/dropout.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {

void dropout(Stream& stream, const DropoutArgs& a) {
  const LaunchScope scope(stream, {"dropout_cpu", {}, {}, 0, dropout_cost(a)});
  const float scale = dropout_scale(a.rate);
#pragma omp parallel for if (a.count >= 16384)
  for (std::int64_t i = 0; i < a.count; ++i)
    a.y[i] = random_uniform(a.key, static_cast<std::uint64_t>(i)) < a.rate ? 0.0f : a.x[i] * scale;
}

}  // namespace pellucid::cpu
