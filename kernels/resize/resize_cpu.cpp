// cpu: loops over the output rows, parallel over rows; the columns' neighbours are found once.
#include <cmath>
#include <vector>

#include "kernels/resize/resize.h"
#include "kernels/resize_axis.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {

void resize_bilinear(Stream& stream, const ResizeArgs& a) {
  const LaunchScope scope(stream, {"resize_bilinear_cpu", {}, {}, 0, resize_bilinear_cost(a)});
  std::vector<ResizePoint> columns(static_cast<std::size_t>(a.q));
  for (int col = 0; col < a.q; ++col)
    columns[static_cast<std::size_t>(col)] = resize_point(col, a.w, a.q, a.align_corners);
  const std::int64_t rows = std::int64_t{a.n} * a.p, row_in = std::int64_t{a.w} * a.c;
#pragma omp parallel for if (rows * a.q * a.c >= 16384)
  for (std::int64_t r = 0; r < rows; ++r) {
    const ResizePoint v = resize_point(static_cast<int>(r % a.p), a.h, a.p, a.align_corners);
    const float* top = a.x + (r / a.p * a.h + v.low) * row_in;
    const float* bottom = a.x + (r / a.p * a.h + v.high) * row_in;
    float* y = a.y + r * a.q * a.c;
    for (const ResizePoint& u : columns)
      for (int c = 0; c < a.c; ++c) {
        const std::int64_t left = std::int64_t{u.low} * a.c + c,
                           right = std::int64_t{u.high} * a.c + c;
        const float above = std::fma(u.fraction, top[right] - top[left], top[left]);
        const float below = std::fma(u.fraction, bottom[right] - bottom[left], bottom[left]);
        *y++ = std::fma(v.fraction, below - above, above);
      }
  }
}

}  // namespace pellucid::cpu
