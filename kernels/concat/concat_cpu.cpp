// cpu: one copy a row, rows in parallel.
#include <cstring>

#include "kernels/concat/concat.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {

void copy_channels(Stream& stream, const CopyChannelsArgs& a) {
  const LaunchScope scope(stream, {"copy_channels_cpu", {}, {}, 0, copy_channels_cost(a)});
  const std::size_t bytes = sizeof(float) * static_cast<std::size_t>(a.count);
#pragma omp parallel for if (a.rows * a.count >= 65536)
  for (std::int64_t r = 0; r < a.rows; ++r)
    std::memcpy(a.y + r * a.y_channels + a.to, a.x + r * a.x_channels + a.from, bytes);
}

}  // namespace pellucid::cpu
