#include <algorithm>
#include <vector>

#include "kernels/mask/rise_masks.h"

namespace pellucid {

void rise_masks_reference(const RiseMasksArgs& a) {
  const int s = a.grid, cell_h = rise_cell(a.h, s), cell_w = rise_cell(a.w, s);
  float* out = a.mask;
  for (int n = 0; n < a.n; ++n) {
    std::uint64_t index = rise_index(a, n);
    const auto row0 = random_below(a.key, index++, static_cast<std::uint32_t>(cell_h));
    const auto col0 = random_below(a.key, index++, static_cast<std::uint32_t>(cell_w));
    std::vector<double> cells;
    for (int i = 0; i < s * s; ++i)
      cells.push_back(random_uniform(a.key, index++) < a.probability ? 1 : 0);
    // Where pixel `at` of an enlarged axis lies among the cells: a cell is (s + 1)·⌈size/s⌉ / s pixels.
    const auto place = [s](double at, int cell) {
      return std::clamp((at + 0.5) * s / ((s + 1) * cell) - 0.5, 0.0, s - 1.0);
    };
    for (int row = 0; row < a.h; ++row)
      for (int col = 0; col < a.w; ++col) {
        const double r = place(row + static_cast<double>(row0), cell_h),
                     c = place(col + static_cast<double>(col0), cell_w);
        const int top = static_cast<int>(r), left = static_cast<int>(c);
        const auto cell = [&](int i, int j) {
          return cells[static_cast<std::size_t>(std::min(i, s - 1) * s + std::min(j, s - 1))];
        };
        const double u = r - top, v = c - left;
        *out++ =
            static_cast<float>((1 - u) * ((1 - v) * cell(top, left) + v * cell(top, left + 1)) +
                               u * ((1 - v) * cell(top + 1, left) + v * cell(top + 1, left + 1)));
      }
  }
}

}  // namespace pellucid
