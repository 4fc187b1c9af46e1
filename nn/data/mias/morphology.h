// morphology.h: dilation, erosion and connected components of binary pictures.
//
// A binary picture holds 0 and 255 only (anything but 0 counts as 255). Pixels outside the picture
// never decide: they are 0 for a dilation and 255 for an erosion.
#pragma once

#include <vector>

#include "nn/data/image.h"

namespace pellucid {

// A symmetric structuring element of 2·reach + 1 rows: row dy (−reach … reach) covers the columns
// −half_widths[dy + reach] … half_widths[dy + reach].
struct StructuringElement {
  std::vector<int> half_widths;

  int reach() const { return static_cast<int>(half_widths.size() / 2); }
};

// OpenCV's MORPH_ELLIPSE elements of 5 × 5 and 55 × 55.
const StructuringElement& ellipse_5();
const StructuringElement& ellipse_55();

// 255 where the element, placed there, meets a 255. Cost: pixels · rows of the element.
GreyImage dilate(const GreyImage& mask, const StructuringElement& element);
// 255 where the element, placed there, meets no 0.
GreyImage erode(const GreyImage& mask, const StructuringElement& element);

// The 8-connected component with the most pixels (of equal ones, the one that a row-major scan
// meets first), with its holes filled: what a 4-connected flood of 0s from outside the picture does
// not reach. All 0 if the mask is.
GreyImage largest_component_filled(const GreyImage& mask);

}  // namespace pellucid
