#include "kernels/mask/rise_masks.h"

#include <algorithm>
#include <limits>

namespace pellucid {

const VariantTable<RiseMasksArgs>& rise_masks_variants() {
  constexpr auto fits_grid = [](const RiseMasksArgs& a) {
    return std::int64_t{a.h} * a.w <= std::int64_t{4096} * 65535;
  };
  static const VariantTable<RiseMasksArgs> table{
      PELLUCID_KERNEL(rise_masks_v2_block, fits_grid),
      PELLUCID_KERNEL(rise_masks_v1_naive),
      {"rise_masks_cpu", cpu::rise_masks},
  };
  return table;
}

void rise_masks(Stream& stream, const RiseMasksArgs& a) {
  require(a.n >= 1 && a.h >= 1 && a.w >= 1,
          "rise_masks: every extent must be at least 1, got n=", a.n, " h=", a.h, " w=", a.w);
  require(a.grid >= 1 && a.grid <= kRiseGrid, "rise_masks: 1 to ", kRiseGrid, " cells a side, got ",
          a.grid);
  require(a.probability > 0 && a.probability <= 1,
          "rise_masks: a probability above 0 and at most 1, got ", a.probability);
  require(a.first_mask >= 0, "rise_masks: the first mask must be at least 0, got ", a.first_mask);
  require(std::int64_t{a.h} * a.w <= std::numeric_limits<int>::max(), "rise_masks: a mask of ", a.h,
          "x", a.w, " has more than 2^31 - 1 values");
  const std::int64_t side = std::max(a.h, a.w) + std::int64_t{a.grid};
  require(side * (a.grid + 1) <= std::int64_t{1} << 29,
          "rise_masks: pictures of up to 2^29 / (s + 1) pixels a side, got ", a.h, "x", a.w,
          " with s=", a.grid);
  run_default(rise_masks_variants(), stream, a);
}

Cost rise_masks_cost(const RiseMasksArgs& a) {
  const double values = 1.0 * a.n * a.h * a.w;
  return {.flops = 9 * values, .bytes = 4 * values};
}

}  // namespace pellucid
