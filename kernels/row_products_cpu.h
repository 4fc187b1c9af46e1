// row_products_cpu.h: the loops of the cpu's matrix products over rows in memory, in a fixed order. Included
// by *_cpu.cpp only.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace pellucid::cpu {
namespace {

constexpr int kLanes = 8;      // of one AVX2 register
constexpr int kColumns = 512;  // 2 KiB of an output row, which stays in the first-level cache

// Vector types, since compilers do not find the lanes in a loop nest of this depth.
using Lanes [[gnu::vector_size(kLanes * sizeof(float))]] = float;

// p[0] … p[count - 1], then zeros.
inline Lanes load(const float* p, int count) {
  Lanes lanes = {};
  if (count >= kLanes) std::memcpy(&lanes, p, sizeof(lanes));
  else std::memcpy(&lanes, p, std::size_t(count) * sizeof(float));
  return lanes;
}

// sums[r][o] = Σ_i x[r][i]·w[o][i]: lane l takes i = l, l + 8, …, then the lanes are added in
// order.
template <int kRows, int kOutputs>
void dot_rows(const float* const x[kRows], const float* const w[kOutputs], int count,
              float sums[kRows][kOutputs]) {
  Lanes lanes[kRows][kOutputs] = {};
  for (int i = 0; i < count; i += kLanes) {
    Lanes w_lanes[kOutputs];
    for (int o = 0; o < kOutputs; ++o) w_lanes[o] = load(w[o] + i, count - i);
    for (int r = 0; r < kRows; ++r) {
      const Lanes x_lanes = load(x[r] + i, count - i);
      for (int o = 0; o < kOutputs; ++o) lanes[r][o] += x_lanes * w_lanes[o];
    }
  }
  for (int r = 0; r < kRows; ++r)
    for (int o = 0; o < kOutputs; ++o) {
      sums[r][o] = 0;
      for (int l = 0; l < kLanes; ++l) sums[r][o] += lanes[r][o][l];
    }
}

// out[j] = Σ_k coefficient[k·step]·rows[k·stride + j] for `columns` values of j, k upwards. Four k
// a pass, so that out is loaded and stored once for four multiply-adds.
inline void weighted_rows(int count, const float* coefficient, std::int64_t step, const float* rows,
                          std::int64_t stride, int columns, float* __restrict out) {
  std::fill(out, out + columns, 0.0f);
  int k = 0;
  for (; k + 4 <= count; k += 4) {
    const float c0 = coefficient[k * step], c1 = coefficient[(k + 1) * step];
    const float c2 = coefficient[(k + 2) * step], c3 = coefficient[(k + 3) * step];
    const float* r0 = rows + k * stride;
    const float *r1 = r0 + stride, *r2 = r1 + stride, *r3 = r2 + stride;
    for (int j = 0; j < columns; ++j)
      out[j] = std::fma(c3, r3[j],
                        std::fma(c2, r2[j], std::fma(c1, r1[j], std::fma(c0, r0[j], out[j]))));
  }
  for (; k < count; ++k) {
    const float c = coefficient[k * step];
    const float* r = rows + k * stride;
    for (int j = 0; j < columns; ++j) out[j] = std::fma(c, r[j], out[j]);
  }
}

}  // namespace
}  // namespace pellucid::cpu
