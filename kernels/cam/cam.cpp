#include "kernels/cam/cam.h"

#include <limits>

namespace pellucid {

const VariantTable<GradCamArgs>& grad_cam_variants() {
  static const VariantTable<GradCamArgs> table{
      PELLUCID_KERNEL(grad_cam_v2_fused),
      PELLUCID_KERNEL(grad_cam_v1_unfused),
      {"grad_cam_cpu", cpu::grad_cam},
  };
  return table;
}

void grad_cam(Stream& stream, const GradCamArgs& a) {
  require(a.n >= 1 && a.h >= 1 && a.w >= 1 && a.k >= 1,
          "grad_cam: every extent must be at least 1, got (", a.n, ", ", a.h, ", ", a.w, ", ", a.k,
          ")");
  require(a.k <= kGradCamMaxChannels, "grad_cam: a layer may have ", kGradCamMaxChannels,
          " channels, got ", a.k);
  require(1LL * a.h * a.w <= std::numeric_limits<int>::max(),
          "grad_cam: H·W must be below 2^31, got ", a.h, "×", a.w);
  run_default(grad_cam_variants(), stream, a);
}

Cost grad_cam_cost(const GradCamArgs& a) {
  const double places = double{1} * a.n * a.h * a.w;
  // An add for the mean and a multiply-add for the map an element; ReLU and maximum a place.
  return {.flops = 3 * places * a.k + 2 * places,
          .bytes = 4 * (2 * places * a.k + places + double{1} * a.n * a.k + a.n)};
}

}  // namespace pellucid
