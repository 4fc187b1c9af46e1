// resize.h: bilinear resize with half-pixel centres and clamped edges (OpenCV INTER_LINEAR, PyTorch
// align_corners=False; no antialiasing).
//
//   source coordinate  f = (d + ½)·size_in / size_out − ½, clamped to [0, size_in − 1]
//   y = the bilinear mix of the four neighbours of (f_row, f_col)
//
// x: (N, H, W, C), y: (N, P, Q, C), fp32; every extent ≥ 1.
#pragma once

#include "kernels/variant.h"

namespace pellucid {

struct ResizeArgs {
  const float* x;  // (N, H, W, C)
  float* y;        // (N, P, Q, C)
  int n, h, w, c;
  int p, q;
};

void resize_bilinear(Stream& stream, const ResizeArgs& args);

const VariantTable<ResizeArgs>& resize_bilinear_variants();

template <class T>
void resize_bilinear_reference(const T* x, T* y, int n, int h, int w, int c, int p, int q);

}  // namespace pellucid
