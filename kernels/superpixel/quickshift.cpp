#include "kernels/superpixel/quickshift.h"

#include <cmath>

namespace pellucid {

const VariantTable<QuickshiftArgs>& quickshift_variants() {
  constexpr auto tile_fits = [](const QuickshiftArgs& a) {
    return a.c != 2 && quickshift_tile_bytes(a) <= kQuickshiftSharedBytes;
  };
  static const VariantTable<QuickshiftArgs> table{
      PELLUCID_KERNEL(quickshift_v2_tile, tile_fits),
      PELLUCID_KERNEL(quickshift_v1_naive),
      {"quickshift_cpu", cpu::quickshift},
  };
  return table;
}

void quickshift(Stream& stream, const QuickshiftArgs& a) {
  require(a.h >= 1 && a.w >= 1, "quickshift: height and width must be at least 1, got ", a.h, "×",
          a.w);
  require(a.c >= 1 && a.c <= 3, "quickshift: channels must be 1, 2 or 3, got ", a.c);
  require(std::int64_t{a.h} * a.w <= ((std::int64_t{1} << 31) - 1) / a.c,
          "quickshift: an image may have 2147483647 values, got ", a.h, "×", a.w, "×", a.c);
  require(a.kernel_size >= 1 && a.kernel_size <= 100,
          "quickshift: kernel_size must be from 1 to 100 pixels, got ", a.kernel_size);
  require(a.max_dist >= 0, "quickshift: max_dist must not be negative, got ", a.max_dist);
  run_default(quickshift_variants(), stream, a);
}

int quickshift_reach(double kernel_size) { return static_cast<int>(std::ceil(3 * kernel_size)); }

std::size_t quickshift_tile_bytes(const QuickshiftArgs& a) {
  const int halo = 2 * quickshift_reach(a.kernel_size);
  return sizeof(double) * static_cast<std::size_t>(a.c + 1) *
         static_cast<std::size_t>((kQuickshiftTileH + halo) * (kQuickshiftTileW + halo));
}

namespace {

double pairs(const QuickshiftArgs& a) {
  const double side = 2 * quickshift_reach(a.kernel_size) + 1;
  return double{1} * a.h * a.w * side * side;
}

}  // namespace

// Distance 3·C + 6, scaling, exp (counted as one), addition.
Cost quickshift_density_cost(const QuickshiftArgs& a) {
  return {.flops = (3 * a.c + 9) * pairs(a), .bytes = 8.0 * a.h * a.w * (a.c + 2)};
}

Cost quickshift_parent_cost(const QuickshiftArgs& a) {
  return {.flops = (3 * a.c + 8) * pairs(a), .bytes = double{1} * a.h * a.w * (8 * (a.c + 1) + 4)};
}

}  // namespace pellucid
