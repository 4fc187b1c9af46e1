// mask.h: images with superpixels switched off, written out: what LIME and Kernel SHAP show a
// model.
//
//   y[n,h,w,c] = image[h,w,c] where bit labels[h,w] of mask n is set, else fill[h,w,c]
//
// conv2d_relu_pool reads its input through the same masks without writing it (kernels/conv2d); this
// operator serves models whose first layer is none that does.
#pragma once

#include "kernels/masked_image.h"
#include "kernels/variant.h"

namespace pellucid {

struct MaskImagesArgs {
  MaskedImage masked;
  float* y;  // (N, H, W, C)
  int n, h, w, c;
};

// Throws Error for an extent < 1, no words, or more than 2^31 − 1 values of one image.
void mask_images(Stream& stream, const MaskImagesArgs& args);
const VariantTable<MaskImagesArgs>& mask_images_variants();
void mask_images_reference(const MaskImagesArgs& args);
Cost mask_images_cost(const MaskImagesArgs& args);

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(mask_images_v1_naive, MaskImagesArgs)
PELLUCID_DECLARE_KERNEL(mask_images_v2_pixel, MaskImagesArgs)
namespace pellucid::cpu {
void mask_images(Stream& stream, const MaskImagesArgs& args);
}
