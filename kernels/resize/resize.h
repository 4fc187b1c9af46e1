// resize.h: bilinear resize, without antialiasing. Source coordinate of output d along an axis:
//
//   half-pixel centres  f = (d + ½)·size_in / size_out − ½, clamped to [0, size_in − 1]
//                       (OpenCV INTER_LINEAR, PyTorch align_corners=False)
//   align_corners       f = d·(size_in − 1) / (size_out − 1), 0 if size_out = 1
//                       (PyTorch align_corners=True)
//
//   y = the bilinear mix of the four neighbours of (f_row, f_col)
//
// x: (N, H, W, C), y: (N, P, Q, C), fp32; every extent ≥ 1; H·P and W·Q at most 2^29, so that the
// coordinate is the exact quotient of two 32-bit integers, such as ((2d + 1)·size_in − size_out) /
// (2·size_out); W·C and Q·C below 2^31. y may not overlap x.
#pragma once

#include "kernels/variant.h"

namespace pellucid {

struct ResizeArgs {
  const float* x;  // (N, H, W, C)
  float* y;        // (N, P, Q, C)
  int n, h, w, c;
  int p, q;
  bool align_corners = false;
};

// Throws Error for an extent outside those ranges.
void resize_bilinear(Stream& stream, const ResizeArgs& args);

const VariantTable<ResizeArgs>& resize_bilinear_variants();

template <class T>
void resize_bilinear_reference(const T* x, T* y, int n, int h, int w, int c, int p, int q,
                               bool align_corners = false);

Cost resize_bilinear_cost(const ResizeArgs& args);

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(resize_bilinear_v1_naive, ResizeArgs)
PELLUCID_DECLARE_KERNEL(resize_bilinear_v2_vector, ResizeArgs)
namespace pellucid::cpu {
void resize_bilinear(Stream& stream, const ResizeArgs& args);
}  // namespace pellucid::cpu
