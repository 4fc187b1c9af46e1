// cpu: a thread a mask; the columns' neighbours are found once a mask.
#include <cmath>
#include <vector>

#include "kernels/mask/rise_masks.h"
#include "kernels/resize_axis.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
namespace {

void one_mask(const RiseMasksArgs& a, int n) {
  const int s = a.grid, cell_h = rise_cell(a.h, s), cell_w = rise_cell(a.w, s);
  std::uint64_t index = rise_index(a, n);
  const int row0 =
      static_cast<int>(random_below(a.key, index++, static_cast<std::uint32_t>(cell_h)));
  const int col0 =
      static_cast<int>(random_below(a.key, index++, static_cast<std::uint32_t>(cell_w)));
  std::vector<float> cells(static_cast<std::size_t>(s) * static_cast<std::size_t>(s));
  for (float& cell : cells) cell = random_uniform(a.key, index++) < a.probability ? 1.0f : 0.0f;
  std::vector<ResizePoint> columns;
  for (int col = 0; col < a.w; ++col)
    columns.push_back(resize_point(col + col0, s, (s + 1) * cell_w, false));
  float* out = a.mask + std::int64_t{n} * a.h * a.w;
  for (int row = 0; row < a.h; ++row) {
    const ResizePoint v = resize_point(row + row0, s, (s + 1) * cell_h, false);
    const float *top = cells.data() + v.low * s, *bottom = cells.data() + v.high * s;
    for (const ResizePoint& u : columns) {
      const float above = std::fma(u.fraction, top[u.high] - top[u.low], top[u.low]);
      const float below = std::fma(u.fraction, bottom[u.high] - bottom[u.low], bottom[u.low]);
      *out++ = std::fma(v.fraction, below - above, above);
    }
  }
}

}  // namespace

void rise_masks(Stream& stream, const RiseMasksArgs& a) {
  const LaunchScope scope(stream, {"rise_masks_cpu", {}, {}, 0, rise_masks_cost(a)});
#pragma omp parallel for if (1.0 * a.n * a.h * a.w >= 16384)
  for (int n = 0; n < a.n; ++n) one_mask(a, n);
}

}  // namespace pellucid::cpu
