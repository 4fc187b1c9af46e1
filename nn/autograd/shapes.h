// shapes.h: from options on pictures to the shapes of kernels.
#pragma once

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
          .pad_h = o.padding.h,
          .pad_w = o.padding.w,
          .dilation_h = o.dilation.h,
          .dilation_w = o.dilation.w};
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
          .pad_h = o.padding.h,
          .pad_w = o.padding.w};
}

}  // namespace pellucid
