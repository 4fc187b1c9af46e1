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

// The whole picture: a side that shrinks takes the exact mean of the area that each pixel covers, pixels in
// part counting by their part, in whole numbers and rounded once; a side that grows is then resized bilinearly.
// So what is left of a texture does not jump with the picture's size.
Image resize_by_area(const Image& source, int width, int height);

// As older models were made: shrunk by averaging whole pixels as far as a whole factor goes, a factor a side,
// then resized bilinearly.
Image resize_by_means(const Image& source, int width, int height);

// What they are called in a description.
inline constexpr std::string_view kBilinear = "bilinear";
inline constexpr std::string_view kAreaThenBilinear = "exact area means; enlarging bilinear";
inline constexpr std::string_view kMeansThenBilinear = "means of whole pixels, then bilinear";

}  // namespace pellucid
