// resample_sum.cuh: kWidth neighbouring channels of one pixel; shared by the kernels, so that they round
// alike.
#pragma once

#include <cstdint>

#include "kernels/device/pack.cuh"
#include "kernels/device/unroll.cuh"
#include "kernels/resample/resample.h"

namespace pellucid::PELLUCID_BACKEND {

// Channels `channel` … of pixel (p, q) of image n. Each row of the input is summed first. A row of one
// place is only weighted, so that what has one weight of 1 is a copy, −0 and all.
template <int kWidth>
__device__ __forceinline__ Pack<float, kWidth> resample_sum(const ResampleArgs& a, std::int64_t n,
                                                            int p, int q, int channel) {
  const ResampleTaps row = a.rows.taps[p], column = a.columns.taps[q];
  const int rows = a.rows.taps[p + 1].offset - row.offset,
            columns = a.columns.taps[q + 1].offset - column.offset;
  const float* x = a.x + (((n * a.h + row.first) * a.w) + column.first) * a.c + channel;
  Pack<float, kWidth> sum = {};
  for (int i = 0; i < rows; ++i, x += std::int64_t{a.w} * a.c) {
    Pack<float, kWidth> of_row = {};
    for (int j = 0; j < columns; ++j) {
      const Pack<float, kWidth> values = load_pack<kWidth>(x + std::int64_t{j} * a.c);
      const float weight = a.columns.weights[column.offset + j];
      PELLUCID_UNROLL
      for (int k = 0; k < kWidth; ++k)
        of_row.at[k] = j == 0 ? weight * values.at[k] : fmaf(weight, values.at[k], of_row.at[k]);
    }
    const float weight = a.rows.weights[row.offset + i];
    PELLUCID_UNROLL
    for (int k = 0; k < kWidth; ++k)
      sum.at[k] = i == 0 ? weight * of_row.at[k] : fmaf(weight, of_row.at[k], sum.at[k]);
  }
  return sum;
}

}  // namespace pellucid::PELLUCID_BACKEND
