// resize.h: resizing of pictures: bilinear as OpenCV's INTER_LINEAR, of 8 bits bit for bit, and with
// means before it.
#pragma once

#include <string_view>

#include "nn/data/image.h"

namespace pellucid {

// The box of `source`, resized to height × width. Half-pixel centres, no smoothing when shrinking
// (each output pixel reads 2 × 2 input pixels). Of values of one byte with weights of 11 bits; of two
// bytes with weights in fp32 and sums in double, rounded once, within a level of OpenCV's. White stays
// what it is. Neighbours outside the box are not read. Throws Error if the box is empty or leaves the
// picture, or a side is below 1.
GreyImage resize_bilinear(const GreyImage& source, const Box& box, int width, int height);

// The whole picture.
GreyImage resize_bilinear(const GreyImage& source, int width, int height);
Image resize_bilinear(const Image& source, int width, int height);

// The whole picture, shrunk by averaging whole pixels as far as a whole factor goes, a factor a side,
// then resized bilinearly.
Image resize_by_means(const Image& source, int width, int height);

// What the two are called in a description.
inline constexpr std::string_view kBilinear = "bilinear";
inline constexpr std::string_view kMeansThenBilinear = "means of whole pixels, then bilinear";

}  // namespace pellucid
