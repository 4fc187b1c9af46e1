// weigh_images.h: one image under N masks of real numbers: what Score-CAM and RISE show a model.
//
//   y[n,h,w,c] = image[h,w,c] · mask[n,h,w]
#pragma once

#include "kernels/variant.h"

namespace pellucid {

struct WeighImagesArgs {
  const float* image;  // (H, W, C)
  const float* mask;   // (N, H, W)
  float* y;            // (N, H, W, C)
  int n, h, w, c;
};

// Throws Error for an extent < 1 or more than 2^31 − 1 values of one image.
void weigh_images(Stream& stream, const WeighImagesArgs& args);
const VariantTable<WeighImagesArgs>& weigh_images_variants();
void weigh_images_reference(const WeighImagesArgs& args);
Cost weigh_images_cost(const WeighImagesArgs& args);

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(weigh_images_v1_naive, WeighImagesArgs)
PELLUCID_DECLARE_KERNEL(weigh_images_v2_pixel, WeighImagesArgs)
namespace pellucid::cpu {
void weigh_images(Stream& stream, const WeighImagesArgs& args);
}
