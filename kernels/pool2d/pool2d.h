// pool2d.h: maximum and average pooling, forward and backward; global pooling is a window as large
// as the image.
//
//   max      y[n,p,q,c] = max over the window of x;  index[n,p,q,c] = offset h·W + w (in the image's
//            plane) of the first maximum in row order
//   average  y[n,p,q,c] = mean over the window's pixels inside the image (padding is not counted)
//   backward max: dx[n,h,w,c] = Σ dy[n,p,q,c] over the windows whose index is (h, w)
//            average: dx[n,h,w,c] = Σ dy[n,p,q,c] / (pixels of the window inside the image)
//
// Activations (N, H, W, C), fp32. Every window must hold at least one pixel: padding < window.
// The output is floor((H + 2·pad − window) / stride) + 1, as Keras "valid" and PyTorch's default.
#pragma once

#include <cstdint>

#include "kernels/variant.h"

namespace pellucid {

struct Pool2dShape {
  int n, h, w, c;
  int window_h, window_w;
  int stride_h, stride_w;
  int pad_h = 0, pad_w = 0;

  int p() const { return (h + 2 * pad_h - window_h) / stride_h + 1; }
  int q() const { return (w + 2 * pad_w - window_w) / stride_w + 1; }
};

struct MaxPool2dArgs {
  Pool2dShape shape;
  const float* x;       // (N, H, W, C)
  float* y;             // (N, P, Q, C)
  std::int32_t* index;  // (N, P, Q, C) or null when no backward follows
};

struct MaxPool2dBackwardArgs {
  Pool2dShape shape;
  const float* dy;            // (N, P, Q, C)
  const std::int32_t* index;  // (N, P, Q, C), the forward's
  float* dx;                  // (N, H, W, C)
};

struct AveragePool2dArgs {
  Pool2dShape shape;
  const float* x;  // (N, H, W, C)
  float* y;        // (N, P, Q, C)
};

struct AveragePool2dBackwardArgs {
  Pool2dShape shape;
  const float* dy;  // (N, P, Q, C)
  float* dx;        // (N, H, W, C)
};

// Throw Error for an extent < 1, padding ≥ window, or an empty output.
void max_pool2d(Stream& stream, const MaxPool2dArgs& args);
void max_pool2d_backward(Stream& stream, const MaxPool2dBackwardArgs& args);
void average_pool2d(Stream& stream, const AveragePool2dArgs& args);
void average_pool2d_backward(Stream& stream, const AveragePool2dBackwardArgs& args);

const VariantTable<MaxPool2dArgs>& max_pool2d_variants();
const VariantTable<MaxPool2dBackwardArgs>& max_pool2d_backward_variants();
const VariantTable<AveragePool2dArgs>& average_pool2d_variants();
const VariantTable<AveragePool2dBackwardArgs>& average_pool2d_backward_variants();

// The specification and the tests' oracle. T: float or double.
template <class T>
void max_pool2d_reference(const Pool2dShape& shape, const T* x, T* y, std::int32_t* index);
template <class T>
void max_pool2d_backward_reference(const Pool2dShape& shape, const T* dy, const std::int32_t* index,
                                   T* dx);
template <class T>
void average_pool2d_reference(const Pool2dShape& shape, const T* x, T* y);
template <class T>
void average_pool2d_backward_reference(const Pool2dShape& shape, const T* dy, T* dx);

}  // namespace pellucid
