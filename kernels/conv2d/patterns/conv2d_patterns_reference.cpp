#include <algorithm>
#include <vector>

#include "kernels/conv2d/patterns/conv2d_patterns.h"

namespace pellucid {

void conv2d_patterns_reference(const Conv2dPatternsArgs& a) {
  const Conv2dShape& d = a.shape;
  const std::int64_t pixels = std::int64_t{d.h} * d.w;
  const auto input = [&](int mask, int h, int w, int c) -> double {
    if (h < 0 || h >= d.h || w < 0 || w >= d.w) return 0;
    const int pixel = h * d.w + w;
    if (!a.x) return masked_value(a.masked, mask, pixels, pixel, d.c, c);
    const PatternPlace& place = a.input.places[pixel];
    const int pattern = a.input.pattern_of_mask[place.patterns_at + mask];
    return a.x[(std::int64_t{place.first} + pattern) * d.c + c];
  };
  for (int t = 0; t < a.count; ++t) {
    const int i = a.rows[t].place / a.pooled_q(), j = a.rows[t].place % a.pooled_q();
    for (int k = 0; k < d.k; ++k) {
      float largest = 0;
      for (int p = i * a.pool; p < (i + 1) * a.pool; ++p)
        for (int q = j * a.pool; q < (j + 1) * a.pool; ++q) {
          double sum = a.bias ? a.bias[k] : 0;
          for (int r = 0; r < d.r; ++r)
            for (int s = 0; s < d.s; ++s)
              for (int c = 0; c < d.c; ++c)
                sum += input(a.rows[t].mask, p * d.stride_h - d.pad_h + r * d.dilation_h,
                             q * d.stride_w - d.pad_w + s * d.dilation_w, c) *
                       a.w[((std::int64_t{k} * d.r + r) * d.s + s) * d.c + c];
          const auto value = static_cast<float>(sum);
          if (value > largest || value != value) largest = value;
        }
      a.y[std::int64_t{t} * d.k + k] = largest;
    }
  }
}

}  // namespace pellucid
