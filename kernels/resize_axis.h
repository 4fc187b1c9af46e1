// resize_axis.h: where an output position of a bilinear resize lies between two input positions: for
// kernels/resize, and for kernels/mask, which enlarges as it draws.
// Plain integer and fp32 arithmetic, the same in host and device code (a constexpr function has no
// other body there), so cpu and kernels mix with the same weights.
#pragma once

namespace pellucid {

struct ResizePoint {
  int low, high;   // neighbours, low ≤ high ≤ size_in − 1
  float fraction;  // weight of `high`, in [0, 1)
};

// The coordinate is ((2d + 1)·size_in − size_out) / (2·size_out), or d·(size_in − 1) / (size_out − 1):
// its integer part and remainder are exact, so the fraction is rounded once. size_in · size_out ≤ 2^29
// keeps the products in 32 bits.
constexpr ResizePoint resize_point(int d, int size_in, int size_out, bool align_corners) {
  const int numerator = align_corners ? d * (size_in - 1) : (2 * d + 1) * size_in - size_out;
  const int denominator = align_corners ? size_out - 1 : 2 * size_out;
  if (numerator <= 0) return {0, 0, 0.0f};
  const int low = numerator / denominator;
  if (low >= size_in - 1) return {size_in - 1, size_in - 1, 0.0f};
  return {low, low + 1,
          static_cast<float>(numerator - low * denominator) / static_cast<float>(denominator)};
}

}  // namespace pellucid
