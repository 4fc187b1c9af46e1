// cpu: a thread a mask's image, place by place; the rows stay in the caches.
#include <cstring>

#include "kernels/mask/expand_patterns.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {

void expand_patterns(Stream& stream, const ExpandPatternsArgs& a) {
  const LaunchScope scope(stream, {"expand_patterns_cpu", {}, {}, 0, expand_patterns_cost(a)});
  const int rows = a.pooled_h(), columns = a.pooled_w();
  const std::int64_t image = std::int64_t{rows} * columns * a.c;
#pragma omp parallel for if (a.n * image > 65536)
  for (int n = 0; n < a.n; ++n) {
    const int mask = a.first_mask + n;
    float* y = a.y + n * image;
    for (int i = 0; i < rows; ++i)
      for (int j = 0; j < columns; ++j, y += a.c)
        for (int o = 0; o < a.pool * a.pool; ++o) {
          const int place = (i * a.pool + o / a.pool) * a.w + j * a.pool + o % a.pool;
          const float* x = a.x + std::int64_t{a.patterns.row(place, mask)} * a.c;
          if (o == 0) std::memcpy(y, x, sizeof(float) * static_cast<std::size_t>(a.c));
          else
            for (int c = 0; c < a.c; ++c) y[c] = x[c] > y[c] || x[c] != x[c] ? x[c] : y[c];
        }
  }
}

}  // namespace pellucid::cpu
