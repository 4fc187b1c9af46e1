// cpu: output rows in parallel; each mixes its rows of the input first, then the columns of that.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "kernels/resample/resample.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
namespace {

// y = Σ_t weights[t] · (row t of x), rows of `width` values that lie `stride` apart.
inline void mix_rows(const float* x, std::int64_t stride, const float* weights, int count, float* y,
                     std::int64_t width) {
  for (int t = 0; t < count; ++t, x += stride) {
    const float weight = weights[t];
    if (t == 0)
      for (std::int64_t i = 0; i < width; ++i) y[i] = weight * x[i];
    else
      for (std::int64_t i = 0; i < width; ++i) y[i] = std::fma(weight, x[i], y[i]);
  }
  if (count == 0) std::fill(y, y + width, 0.0f);
}

// The same of two rows, which is nearly all that a linear resize does.
inline __attribute__((always_inline)) void mix_two(const float* x, std::int64_t stride,
                                                   const float* weights, float* y,
                                                   std::int64_t width) {
  const float first = weights[0], second = weights[1];
  for (std::int64_t i = 0; i < width; ++i) y[i] = std::fma(second, x[i + stride], first * x[i]);
}

inline __attribute__((always_inline)) void mix(const float* x, std::int64_t stride,
                                               const float* weights, int count, float* y,
                                               std::int64_t width) {
  if (count == 1 && weights[0] == 1)
    std::memcpy(y, x, sizeof(float) * static_cast<std::size_t>(width));
  else if (count == 2) mix_two(x, stride, weights, y, width);
  else mix_rows(x, stride, weights, count, y, width);
}

// A row of y from the mixed row x; kChannels: c where it is known, so that the few values of a pixel need
// no loop, else 0.
template <int kChannels>
void mix_columns(const float* x, const ResampleAxis& columns, float* y, int q, int c) {
  if (kChannels > 0) c = kChannels;
  for (int i = 0; i < q; ++i, y += c) {
    const ResampleTaps taps = columns.taps[i];
    mix(x + std::int64_t{taps.first} * c, c, columns.weights + taps.offset,
        columns.taps[i + 1].offset - taps.offset, y, c);
  }
}

}  // namespace

void resample(Stream& stream, const ResampleArgs& a) {
  const LaunchScope scope(stream, {"resample_cpu", {}, {}, 0, resample_cost(a)});
  const std::int64_t rows = std::int64_t{a.n} * a.p, row_in = std::int64_t{a.w} * a.c;
  const auto columns_of_row = a.c == 1   ? mix_columns<1>
                              : a.c == 3 ? mix_columns<3>
                              : a.c == 4 ? mix_columns<4>
                                         : mix_columns<0>;
#pragma omp parallel if (rows * std::max(a.q, a.w) * a.c >= 16384)
  {
    std::vector<float> mixed(static_cast<std::size_t>(row_in));
#pragma omp for
    for (std::int64_t r = 0; r < rows; ++r) {
      const ResampleTaps row = a.rows.taps[r % a.p];
      const int count = a.rows.taps[r % a.p + 1].offset - row.offset;
      const float *weights = a.rows.weights + row.offset,
                  *x = a.x + (r / a.p * a.h + row.first) * row_in;
      const bool as_it_is = count == 1 && weights[0] == 1;
      if (!as_it_is) mix(x, row_in, weights, count, mixed.data(), row_in);
      columns_of_row(as_it_is ? x : mixed.data(), a.columns, a.y + r * a.q * a.c, a.q, a.c);
    }
  }
}

}  // namespace pellucid::cpu
