#include "kernels/mask/weigh_images.h"

#include <limits>

namespace pellucid {

const VariantTable<WeighImagesArgs>& weigh_images_variants() {
  static const VariantTable<WeighImagesArgs> table{
      PELLUCID_KERNEL(weigh_images_v2_pixel),
      PELLUCID_KERNEL(weigh_images_v1_naive),
      {"weigh_images_cpu", cpu::weigh_images},
  };
  return table;
}

void weigh_images(Stream& stream, const WeighImagesArgs& args) {
  require(args.n >= 1 && args.h >= 1 && args.w >= 1 && args.c >= 1,
          "weigh_images: every extent must be at least 1, got n=", args.n, " h=", args.h,
          " w=", args.w, " c=", args.c);
  require(1LL * args.h * args.w <= std::numeric_limits<int>::max() / args.c,
          "weigh_images: an image of ", args.h, "x", args.w, "x", args.c,
          " has more than 2^31 - 1 values");
  run_default(weigh_images_variants(), stream, args);
}

Cost weigh_images_cost(const WeighImagesArgs& a) {
  const double pixels = 1.0 * a.h * a.w;
  return {.flops = a.n * pixels * a.c, .bytes = 4 * pixels * (1.0 * a.n * (a.c + 1) + a.c)};
}

}  // namespace pellucid
