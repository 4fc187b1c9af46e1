// shapes.h: from options on pictures to the shapes of kernels.
#pragma once

#include <algorithm>

#include "kernels/conv2d/conv2d.h"
#include "kernels/pool2d/pool2d.h"
#include "nn/autograd/functions.h"

namespace pellucid {

// x: (N, H, W, C). No extent is checked: the output may have none.
inline Conv2dShape shape_of(const Shape& x, int filters, Size2d kernel, const Conv2dOptions& o) {
  return {.n = static_cast<int>(x[0]),
          .h = static_cast<int>(x[1]),
          .w = static_cast<int>(x[2]),
          .c = static_cast<int>(x[3]),
          .k = filters,
          .r = kernel.h,
          .s = kernel.w,
          .stride_h = o.stride.h,
          .stride_w = o.stride.w,
          .pad_h = o.padding.top,
          .pad_w = o.padding.left,
          .dilation_h = o.dilation.h,
          .dilation_w = o.dilation.w,
          .groups = o.groups,
          .pad_bottom = o.padding.bottom,
          .pad_right = o.padding.right};
}

// Of the convolution whose input's gradient conv_transpose2d computes: its outputs are x.
inline Conv2dShape transposed_shape_of(const Shape& x, int filters, Size2d kernel,
                                       const Conv2dOptions& o, Size2d output_padding) {
  const auto extent = [](std::int64_t in, int stride, int reach, int more) {
    return static_cast<int>(std::min<std::int64_t>((in - 1) * stride + reach + more, 1 << 30));
  };
  const Padding2d& p = o.padding;
  const int h = extent(x[1], o.stride.h, o.dilation.h * (kernel.h - 1) + 1,
                       output_padding.h - p.top - p.bottom);
  const int w = extent(x[2], o.stride.w, o.dilation.w * (kernel.w - 1) + 1,
                       output_padding.w - p.left - p.right);
  Conv2dShape shape = shape_of({x[0], 1, 1, filters}, static_cast<int>(x[3]), kernel, o);
  shape.h = h;  // which a Shape cannot hold where it is not positive
  shape.w = w;
  return shape;
}

inline Pool2dShape shape_of(const Shape& x, const Pool2dOptions& o) {
  return {.n = static_cast<int>(x[0]),
          .h = static_cast<int>(x[1]),
          .w = static_cast<int>(x[2]),
          .c = static_cast<int>(x[3]),
          .window_h = o.window.h,
          .window_w = o.window.w,
          .stride_h = o.stride.h,
          .stride_w = o.stride.w,
          .pad_h = o.padding.top,
          .pad_w = o.padding.left,
          .pad_bottom = o.padding.bottom,
          .pad_right = o.padding.right,
          .dilation_h = o.dilation.h,
          .dilation_w = o.dilation.w,
          .ceil = o.ceil,
          .count_padding = o.count_padding};
}

}  // namespace pellucid
