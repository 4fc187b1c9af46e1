// pool2d_windows.h: which pixels a window holds, and which windows hold a pixel, along one axis.
// constexpr, so that host loops and kernels share them.
#pragma once

namespace pellucid {

// [first, end)
struct PoolRange {
  int first, end;
  constexpr int count() const { return end - first; }
};

// The pixels inside the image of window `output`.
constexpr PoolRange pool_pixels(int output, int window, int stride, int pad, int extent) {
  const int start = output * stride - pad;
  return {start > 0 ? start : 0, start + window < extent ? start + window : extent};
}

// The windows, of `outputs` ones, that hold pixel `input`: those p with
// p·stride ≤ input + pad < p·stride + window.
constexpr PoolRange pool_windows(int input, int window, int stride, int pad, int outputs) {
  const int at = input + pad;
  const int first = at < window ? 0 : (at - window) / stride + 1;
  const int end = at / stride + 1;
  return {first, end < outputs ? end : outputs};
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
