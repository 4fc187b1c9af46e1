#include <algorithm>
#include <cmath>

#include "kernels/resize/resize.h"

namespace pellucid {
namespace {

double source_coordinate(int d, int size_in, int size_out, bool align_corners) {
  if (align_corners) return size_out > 1 ? d * (size_in - 1.0) / (size_out - 1) : 0;
  const double f = (d + 0.5) * size_in / size_out - 0.5;
  return std::clamp(f, 0.0, size_in - 1.0);
}

}  // namespace

template <class T>
void resize_bilinear_reference(const T* x, T* y, int n, int h, int w, int c, int p, int q,
                               bool align_corners) {
  for (int image = 0; image < n; ++image)
    for (int row = 0; row < p; ++row)
      for (int col = 0; col < q; ++col)
        for (int channel = 0; channel < c; ++channel) {
          const double fr = source_coordinate(row, h, p, align_corners),
                       fc = source_coordinate(col, w, q, align_corners);
          const int r0 = static_cast<int>(fr), c0 = static_cast<int>(fc);
          const int r1 = std::min(r0 + 1, h - 1), c1 = std::min(c0 + 1, w - 1);
          const auto at = [&](int r, int k) {
            return double{x[((std::int64_t{image} * h + r) * w + k) * c + channel]};
          };
          const double a = fr - r0, b = fc - c0;
          y[((std::int64_t{image} * p + row) * q + col) * c + channel] =
              static_cast<T>((1 - a) * ((1 - b) * at(r0, c0) + b * at(r0, c1)) +
                             a * ((1 - b) * at(r1, c0) + b * at(r1, c1)));
        }
}

template void resize_bilinear_reference(const float*, float*, int, int, int, int, int, int, bool);
template void resize_bilinear_reference(const double*, double*, int, int, int, int, int, int, bool);

}  // namespace pellucid
