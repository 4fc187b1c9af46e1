// pool2d_windows.h: which pixels a window holds, and which windows hold a pixel, along one axis.
// constexpr, so that host loops and kernels share them.
#pragma once

#include "kernels/pool2d/pool2d.h"

namespace pellucid {

// [first, end); of a window's pixels every dilation-th.
struct PoolRange {
  int first, end;
  constexpr int count(int step = 1) const {
    return step == 1 ? end - first : first < end ? (end - first - 1) / step + 1 : 0;
  }
};

// The pixels inside the image of window `output`.
constexpr PoolRange pool_pixels(const PoolAxis& axis, int output) {
  const int start = output * axis.stride - axis.pad, end = start + axis.reach();
  const int missed = start < 0 ? (axis.dilation - 1 - start) / axis.dilation : 0;  // before it
  return {start + missed * axis.dilation, end < axis.extent ? end : axis.extent};
}

// What the sum of window `output` is divided by, along this axis.
constexpr int pool_divisor(const PoolAxis& axis, int output, bool count_padding) {
  if (!count_padding) return pool_pixels(axis, output).count(axis.dilation);
  const int start = output * axis.stride - axis.pad, end = start + axis.reach();
  const int padded = axis.extent + axis.far_pad;
  return PoolRange{start, end < padded ? end : padded}.count(axis.dilation);
}

// The windows, of `outputs` ones, that reach over pixel `input`: those p with
// p·stride ≤ input + pad < p·stride + reach.
constexpr PoolRange pool_windows(const PoolAxis& axis, int input, int outputs) {
  const int at = input + axis.pad;
  const int first = at < axis.reach() ? 0 : (at - axis.reach()) / axis.stride + 1;
  const int end = at / axis.stride + 1;
  return {first, end < outputs ? end : outputs};
}

// Whether one of these, `output`, holds it.
constexpr bool pool_holds(const PoolAxis& axis, int output, int input) {
  return axis.dilation == 1 || (input + axis.pad - output * axis.stride) % axis.dilation == 0;
}

// Whether `value` replaces the running maximum: greater, or the first NaN.
constexpr bool pool_replaces(float value, float largest) {
  return value > largest || (value != value && largest == largest);
}

// A rectified maximum, as kernels/activation rectifies: NaN stays. Where it is not above 0, no
// gradient passes, and the index says so.
constexpr float pool_rectified(float largest) { return largest <= 0 ? 0.0f : largest; }
constexpr int pool_rectified_index(float largest, int index) { return largest > 0 ? index : -1; }

}  // namespace pellucid
