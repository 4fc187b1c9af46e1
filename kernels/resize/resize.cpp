#include "kernels/resize/resize.h"

#include <limits>

#include "kernels/alignment.h"

namespace pellucid {

const VariantTable<ResizeArgs>& resize_bilinear_variants() {
  constexpr auto whole_vectors = [](const ResizeArgs& a) {
    return aligned16({a.y}) && std::int64_t{a.q} * a.c % 4 == 0;
  };
  static const VariantTable<ResizeArgs> table{
      PELLUCID_KERNEL(resize_bilinear_v2_vector, whole_vectors),
      PELLUCID_KERNEL(resize_bilinear_v1_naive),
      {"resize_bilinear_cpu", cpu::resize_bilinear},
  };
  return table;
}

void resize_bilinear(Stream& stream, const ResizeArgs& a) {
  require(a.n >= 1 && a.h >= 1 && a.w >= 1 && a.c >= 1 && a.p >= 1 && a.q >= 1,
          "resize_bilinear: every extent must be at least 1, got (", a.n, ", ", a.h, ", ", a.w,
          ", ", a.c, ") to ", a.p, "×", a.q);
  constexpr std::int64_t largest = std::int64_t{1} << 29;
  require(std::int64_t{a.h} * a.p <= largest && std::int64_t{a.w} * a.q <= largest,
          "resize_bilinear: size in times size out may be 2^29 an axis, got ", a.h, "×", a.w,
          " to ", a.p, "×", a.q);
  const std::int64_t wider = a.w > a.q ? a.w : a.q;
  require(wider * a.c <= std::numeric_limits<int>::max(),
          "resize_bilinear: a row may have 2147483647 values, got ", wider, "×", a.c);
  run_default(resize_bilinear_variants(), stream, a);
}

Cost resize_bilinear_cost(const ResizeArgs& a) {
  const double images = double{1} * a.n * a.c;
  const double in = images * a.h * a.w, out = images * a.p * a.q;
  return {.flops = 9 * out, .bytes = 4 * (in + out)};
}

}  // namespace pellucid
