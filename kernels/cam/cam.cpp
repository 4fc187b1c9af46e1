#include "kernels/cam/cam.h"

#include <limits>

namespace pellucid {
namespace {

int weighted_maps(const GradientCamArgs& a) {
  int count = 0;
  for (int m = 0; m < kGradientCams; ++m)
    count += a.out[m].map != nullptr && has_channel_weights(static_cast<GradientCam>(m));
  return count;
}

}  // namespace

bool gradient_cam_is_fused(const GradientCamArgs& a) {
  return 1LL * weighted_maps(a) * a.k <= kFusedCamWeights;
}

bool gradient_cam_is_split(const GradientCamArgs& a) {
  for (int m = 0; m < kGradientCams; ++m)
    if ((a.out[m].map != nullptr) != (static_cast<GradientCam>(m) == GradientCam::gradcam))
      return false;
  return a.k <= 1024;
}

const VariantTable<GradientCamArgs>& gradient_cam_variants() {
  static const VariantTable<GradientCamArgs> table{
      PELLUCID_KERNEL(gradient_cam_v3_split, gradient_cam_is_split),
      PELLUCID_KERNEL(gradient_cam_v2_fused, gradient_cam_is_fused),
      PELLUCID_KERNEL(gradient_cam_v1_unfused),
      {"gradient_cam_cpu", cpu::gradient_cam},
  };
  return table;
}

void gradient_cam(Stream& stream, const GradientCamArgs& a) {
  require(a.n >= 1 && a.h >= 1 && a.w >= 1 && a.k >= 1,
          "gradient_cam: every extent must be at least 1, got (", a.n, ", ", a.h, ", ", a.w, ", ",
          a.k, ")");
  require(1LL * a.h * a.w <= std::numeric_limits<int>::max(),
          "gradient_cam: H·W must be below 2^31, got ", a.h, "×", a.w);
  for (const float epsilon : {a.plus_plus_epsilon, a.xgradcam_epsilon})
    require(epsilon >= 0, "gradient_cam: epsilon must be at least 0, got ", epsilon);
  bool any = false;
  for (int m = 0; m < kGradientCams; ++m) {
    const GradientCamOutput& out = a.out[m];
    if (!out.map) continue;
    any = true;
    require(out.peak && (out.weight || !has_channel_weights(static_cast<GradientCam>(m))),
            "gradient_cam: method ", m, " has a map but nowhere to put its peak or weights");
  }
  require(any, "gradient_cam: no map is asked for");
  run_default(gradient_cam_variants(), stream, a);
}

Cost gradient_cam_cost(const GradientCamArgs& a) {
  const double places = double{1} * a.n * a.h * a.w, elements = places * a.k;
  // A multiply-add for the map an element; before it an add for Grad-CAM's mean, the power, quotient
  // and sums of Grad-CAM++ (8), the product and sums of XGrad-CAM (3), LayerCAM's ReLU. ReLU and
  // maximum a place.
  constexpr double kElementFlops[kGradientCams] = {3, 10, 2, 5, 3};
  Cost cost{.flops = 0, .bytes = 4 * 2 * elements};
  for (int m = 0; m < kGradientCams; ++m) {
    if (!a.out[m].map) continue;
    cost.flops += kElementFlops[m] * elements + 2 * places;
    cost.bytes += 4 * (places + a.n);
    if (has_channel_weights(static_cast<GradientCam>(m))) cost.bytes += 4.0 * a.n * a.k;
  }
  return cost;
}

}  // namespace pellucid
