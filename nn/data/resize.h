// resize.h: bilinear resizing of 8-bit pictures, bit for bit as OpenCV's INTER_LINEAR.
#pragma once

#include "nn/data/image.h"

namespace pellucid {

// The box of `source`, resized to height × width. Half-pixel centres, no smoothing when shrinking
// (each output pixel reads 2 × 2 input pixels), weights of 11 bits. Neighbours outside the box are
// not read. Throws Error if the box is empty or leaves the picture, or a side is below 1.
GreyImage resize_bilinear(const GreyImage& source, const Box& box, int width, int height);

// The whole picture.
GreyImage resize_bilinear(const GreyImage& source, int width, int height);

}  // namespace pellucid
