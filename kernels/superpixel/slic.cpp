#include "kernels/superpixel/slic.h"

#include <algorithm>
#include <cmath>

namespace pellucid {

const VariantTable<SlicArgs>& slic_variants() {
  constexpr auto columns_fit = [](const SlicArgs& a) {
    return slic_window_columns(a) <= kSlicMaxColumns;
  };
  static const VariantTable<SlicArgs> table{
      PELLUCID_KERNEL(slic_v2_shared, columns_fit),
      PELLUCID_KERNEL(slic_v1_naive),
      {"slic_cpu", cpu::slic},
  };
  return table;
}

int slic(Stream& stream, const SlicArgs& a) {
  require(a.h >= 1 && a.w >= 1, "slic: height and width must be at least 1, got ", a.h, "×", a.w);
  require(a.c >= 1 && a.c <= 3, "slic: channels must be 1, 2 or 3, got ", a.c);
  require(std::int64_t{a.h} * a.w <= ((std::int64_t{1} << 31) - 1) / a.c,
          "slic: an image may have 2147483647 values, got ", a.h, "×", a.w, "×", a.c);
  require(a.n_segments >= 1 && a.n_segments <= kSlicMaxSegments,
          "slic: n_segments must be from 1 to ", kSlicMaxSegments, ", got ", a.n_segments);
  require(a.iterations >= 1, "slic: iterations must be at least 1, got ", a.iterations);
  run_default(slic_variants(), stream, a);
  const std::size_t pixels = static_cast<std::size_t>(a.h) * static_cast<std::size_t>(a.w);
  std::vector<std::int32_t> labels(pixels);
  stream.copy_to_host(labels.data(), a.labels, sizeof(std::int32_t) * pixels);
  const double mean_size = static_cast<double>(pixels) / slic_plan(a).centres;
  const double max_size = std::min(3 * mean_size, static_cast<double>(pixels));
  const int count = connect_labels(labels, a.h, a.w, static_cast<int>(0.5 * mean_size),
                                   static_cast<int>(max_size));
  stream.copy_to_device(a.labels, labels.data(), sizeof(std::int32_t) * pixels);
  return count;
}

SlicGrid slic_grid(int h, int w, int n_segments) {
  const double shorter = std::min(h, w), longer = std::max(h, w);
  if (shorter * longer <= n_segments) return {{0, 1, h}, {0, 1, w}};
  double short_step = std::sqrt(shorter * longer / n_segments), long_step = short_step;
  if (shorter < short_step) {  // one row of centres along a narrow strip
    short_step = shorter;
    long_step = longer / n_segments;
  }
  const auto axis = [](int size, double step) {
    const int start = static_cast<int>(std::floor(step / 2)),
              whole = static_cast<int>(std::nearbyint(step));
    return SlicAxis{start, whole, (size - start + whole - 1) / whole};
  };
  return h <= w ? SlicGrid{axis(h, short_step), axis(w, long_step)}
                : SlicGrid{axis(h, long_step), axis(w, short_step)};
}

SlicPlan slic_plan(const SlicArgs& a) {
  const SlicGrid grid = slic_grid(a.h, a.w, a.n_segments);
  // scikit-image takes the windows from the grid of as many centres as there are.
  const SlicGrid windows = slic_grid(a.h, a.w, grid.centres());
  const double step = std::max(grid.y.step, grid.x.step);
  return {grid.centres(), 2 * windows.y.step, 2 * windows.x.step, 1 / (step * step)};
}

std::vector<double> slic_first_centres(const SlicArgs& a) {
  const SlicGrid grid = slic_grid(a.h, a.w, a.n_segments);
  const auto values = static_cast<std::size_t>(2 + a.c);
  std::vector<double> centres(static_cast<std::size_t>(grid.centres()) * values);
  for (std::size_t k = 0; k * values < centres.size(); ++k) {
    const int i = static_cast<int>(k);
    centres[k * values] = grid.y.start + i / grid.x.count * grid.y.step;
    centres[k * values + 1] = grid.x.start + i % grid.x.count * grid.x.step;
  }
  return centres;
}

namespace {

// Pairs of a pixel and a centre whose window reaches it.
double pairs(const SlicArgs& a) {
  const SlicPlan plan = slic_plan(a);
  return double{1} * plan.centres * std::min(a.h, 2 * plan.reach_y + 1) *
         std::min(a.w, 2 * plan.reach_x + 1);
}

}  // namespace

Cost slic_assign_cost(const SlicArgs& a) {
  return {.flops = (3 * a.c + 6) * pairs(a), .bytes = double{1} * a.h * a.w * (8 * a.c + 4)};
}

Cost slic_update_cost(const SlicArgs& a) {
  return {.flops = double{1} * a.h * a.w * (a.c + 3),
          .bytes = double{1} * a.h * a.w * (8 * a.c + 4)};
}

}  // namespace pellucid
