// pool2d.h: maximum and average pooling, forward and backward; global pooling is a window as large
// as the image.
//
//   max      y[n,p,q,c] = max over the window of x;  index[n,p,q,c] = offset h·W + w (in the image's
//            plane) of the first maximum in row order. A NaN in the window is its maximum, as in
//            PyTorch, so that a broken activation cannot vanish; the first one is the index
//            with `relu`: of max(0, x) instead; the index is then −1 where y is 0 (or NaN), since no
//            gradient passes there. In training this saves the rectified image and its gradient
//   average  y[n,p,q,c] = sum over the window's pixels inside the image / their number; with
//            `count_padding` they are those inside the padded image, where the others are 0
//   backward max: dx[n,h,w,c] = Σ dy[n,p,q,c] over the windows whose index is (h, w); an index
//            of −1 is none
//            average: dx[n,h,w,c] = Σ dy[n,p,q,c] / (what the forward divided by)
//
// Activations (N, H, W, C), fp32. A window's pixels lie `dilation` apart; it reaches over
// reach = dilation·(window − 1) + 1 of them. Every window must hold at least one pixel of the image.
// The output is floor((H + pad above and below − reach) / stride) + 1, as Keras "valid" and PyTorch's
// default. With `ceil` it is rounded up, and the last window is left out if it would begin behind the
// image, as in PyTorch and ONNX.
#pragma once

#include <cstdint>

#include "kernels/variant.h"

namespace pellucid {

// What a window does along one axis.
struct PoolAxis {
  int extent, window, stride, pad, far_pad, dilation;

  constexpr int reach() const { return dilation * (window - 1) + 1; }
  constexpr int outputs(bool ceil) const {
    const int room = extent + pad + far_pad - reach();
    const int count = (ceil ? room + stride - 1 : room) / stride + 1;
    return ceil && (count - 1) * stride >= extent + pad ? count - 1 : count;
  }
};

struct Pool2dShape {
  int n, h, w, c;
  int window_h, window_w;
  int stride_h, stride_w;
  int pad_h = 0, pad_w = 0;                   // above and at the left
  int pad_bottom = pad_h, pad_right = pad_w;  // below and at the right
  int dilation_h = 1, dilation_w = 1;
  bool ceil = false, count_padding = false;

  constexpr PoolAxis rows() const { return {h, window_h, stride_h, pad_h, pad_bottom, dilation_h}; }
  constexpr PoolAxis columns() const {
    return {w, window_w, stride_w, pad_w, pad_right, dilation_w};
  }
  constexpr int p() const { return rows().outputs(ceil); }
  constexpr int q() const { return columns().outputs(ceil); }
};
// Of a shape that is otherwise allowed.
bool every_window_holds_a_pixel(const Pool2dShape& shape);

struct MaxPool2dArgs {
  Pool2dShape shape;
  const float* x;       // (N, H, W, C)
  float* y;             // (N, P, Q, C)
  std::int32_t* index;  // (N, P, Q, C) or null when no backward follows
  bool relu = false;    // rectify x first; see above
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

// Throw Error for an extent < 1, a negative padding, padding ≥ reach, a window without a pixel, an empty
// output, or a plane h·w whose offsets exceed an int.
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
void max_pool2d_reference(const Pool2dShape& shape, const T* x, T* y, std::int32_t* index,
                          bool relu = false);
template <class T>
void max_pool2d_backward_reference(const Pool2dShape& shape, const T* dy, const std::int32_t* index,
                                   T* dx);
template <class T>
void average_pool2d_reference(const Pool2dShape& shape, const T* x, T* y);
template <class T>
void average_pool2d_backward_reference(const Pool2dShape& shape, const T* dy, T* dx);

Cost max_pool2d_cost(const MaxPool2dArgs& args);
Cost max_pool2d_backward_cost(const Pool2dShape& shape);
Cost average_pool2d_cost(const Pool2dShape& shape);
Cost average_pool2d_backward_cost(const Pool2dShape& shape);

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(max_pool2d_v1_naive, MaxPool2dArgs)
PELLUCID_DECLARE_KERNEL(max_pool2d_v2_rows, MaxPool2dArgs)
PELLUCID_DECLARE_KERNEL(max_pool2d_v3_block, MaxPool2dArgs)
PELLUCID_DECLARE_KERNEL(max_pool2d_backward_v1_naive, MaxPool2dBackwardArgs)
PELLUCID_DECLARE_KERNEL(max_pool2d_backward_v2_rows, MaxPool2dBackwardArgs)
PELLUCID_DECLARE_KERNEL(average_pool2d_v1_naive, AveragePool2dArgs)
PELLUCID_DECLARE_KERNEL(average_pool2d_v2_rows, AveragePool2dArgs)
PELLUCID_DECLARE_KERNEL(average_pool2d_v3_block, AveragePool2dArgs)
PELLUCID_DECLARE_KERNEL(average_pool2d_backward_v1_naive, AveragePool2dBackwardArgs)
PELLUCID_DECLARE_KERNEL(average_pool2d_backward_v2_rows, AveragePool2dBackwardArgs)
namespace pellucid::cpu {
void max_pool2d(Stream& stream, const MaxPool2dArgs& args);
void max_pool2d_backward(Stream& stream, const MaxPool2dBackwardArgs& args);
void average_pool2d(Stream& stream, const AveragePool2dArgs& args);
void average_pool2d_backward(Stream& stream, const AveragePool2dBackwardArgs& args);
}  // namespace pellucid::cpu
