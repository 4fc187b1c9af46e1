#include "kernels/mask/mask.h"

#include <limits>

namespace pellucid {

const VariantTable<MaskImagesArgs>& mask_images_variants() {
  static const VariantTable<MaskImagesArgs> table{
      PELLUCID_KERNEL(mask_images_v2_pixel),
      PELLUCID_KERNEL(mask_images_v1_naive),
      {"mask_images_cpu", cpu::mask_images},
  };
  return table;
}

void mask_images(Stream& stream, const MaskImagesArgs& args) {
  require(args.n >= 1 && args.h >= 1 && args.w >= 1 && args.c >= 1 && args.masked.words >= 1,
          "mask_images: every extent must be at least 1, got n=", args.n, " h=", args.h,
          " w=", args.w, " c=", args.c, " words=", args.masked.words);
  require(1LL * args.h * args.w <= std::numeric_limits<int>::max() / args.c,
          "mask_images: an image of ", args.h, "x", args.w, "x", args.c,
          " has more than 2^31 - 1 values");
  run_default(mask_images_variants(), stream, args);
}

Cost mask_images_cost(const MaskImagesArgs& a) {
  const double pixels = 1.0 * a.h * a.w;
  return {.flops = 0,
          .bytes = 4 * (1.0 * a.n * (pixels * a.c + a.masked.words) + pixels * (2.0 * a.c + 1))};
}

}  // namespace pellucid
