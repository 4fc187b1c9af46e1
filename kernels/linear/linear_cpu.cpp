// cpu: fp32 loops, parallel over outputs or columns. Each element is summed in an order that
// depends on nothing but the inner extent, so a row's bits do not depend on the batch.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "kernels/linear/linear.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
namespace {

constexpr int kLanes = 8;      // of one AVX2 register
constexpr int kRows = 4;       // rows of x and
constexpr int kOutputs = 2;    // rows of w whose products share their loads: 8 sums in registers
constexpr int kColumns = 512;  // 2 KiB of an output row, which stays in the first-level cache
constexpr double kSmall = 100000;  // multiply-adds below which threads cost more than they save

[[maybe_unused]] bool worth_threads(const LinearShape& shape) {
  return double{1} * shape.n * shape.inputs * shape.outputs >= kSmall;
}

// Vector types, since compilers do not find the lanes in a loop nest of this depth.
using Lanes [[gnu::vector_size(kLanes * sizeof(float))]] = float;

// p[0] … p[count - 1], then zeros.
Lanes load(const float* p, int count) {
  Lanes lanes = {};
  if (count >= kLanes) std::memcpy(&lanes, p, sizeof(lanes));
  else std::memcpy(&lanes, p, std::size_t(count) * sizeof(float));
  return lanes;
}

// sums[r][o] = Σ_i x[r][i]·w[o][i]: lane l takes i = l, l + 8, …, then the lanes are added in
// order.
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
void weighted_rows(int count, const float* coefficient, std::int64_t step, const float* rows,
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

void linear(Stream& stream, const LinearArgs& a) {
  const LaunchScope scope(stream, {"linear_cpu", {}, {}, 0, linear_cost(a.shape)});
  const int rows = a.shape.n, inputs = a.shape.inputs, outputs = a.shape.outputs;
  // Past the last row or output a group repeats it: one code path for all, so one rounding.
#pragma omp parallel for if (worth_threads(a.shape))
  for (int first = 0; first < outputs; first += kOutputs) {
    const float* w[kOutputs];
    for (int o = 0; o < kOutputs; ++o)
      w[o] = a.w + std::int64_t{std::min(first + o, outputs - 1)} * inputs;
    for (int n = 0; n < rows; n += kRows) {
      const float* x[kRows];
      for (int r = 0; r < kRows; ++r) x[r] = a.x + std::int64_t{std::min(n + r, rows - 1)} * inputs;
      float sums[kRows][kOutputs];
      dot_rows(x, w, inputs, sums);
      for (int r = 0; r < kRows && n + r < rows; ++r)
        for (int o = 0; o < kOutputs && first + o < outputs; ++o)
          a.y[(std::int64_t{n} + r) * outputs + first + o] =
              a.bias ? sums[r][o] + a.bias[first + o] : sums[r][o];
    }
  }
}

void linear_dgrad(Stream& stream, const LinearDgradArgs& a) {
  const LaunchScope scope(stream, {"linear_dgrad_cpu", {}, {}, 0, linear_cost(a.shape)});
  const int rows = a.shape.n, inputs = a.shape.inputs, outputs = a.shape.outputs;
  const int slices = (inputs + kColumns - 1) / kColumns;
#pragma omp parallel for collapse(2) if (worth_threads(a.shape))
  for (int s = 0; s < slices; ++s)
    for (int n = 0; n < rows; ++n) {
      const int first = s * kColumns;
      weighted_rows(outputs, a.dy + std::int64_t{n} * outputs, 1, a.w + first, inputs,
                    std::min(kColumns, inputs - first), a.dx + std::int64_t{n} * inputs + first);
    }
}

void linear_wgrad(Stream& stream, const LinearWgradArgs& a) {
  const LaunchScope scope(stream, {"linear_wgrad_cpu", {}, {}, 0, linear_cost(a.shape)});
  const int rows = a.shape.n, inputs = a.shape.inputs, outputs = a.shape.outputs;
  const int slices = (inputs + kColumns - 1) / kColumns;
#pragma omp parallel for collapse(2) if (worth_threads(a.shape))
  for (int s = 0; s < slices; ++s)
    for (int o = 0; o < outputs; ++o) {
      const int first = s * kColumns;
      weighted_rows(rows, a.dy + o, outputs, a.x + first, inputs,
                    std::min(kColumns, inputs - first), a.dw + std::int64_t{o} * inputs + first);
    }
  if (!a.dbias) return;
  for (int o = 0; o < outputs; ++o) {
    float sum = 0;
    for (int n = 0; n < rows; ++n) sum += a.dy[std::int64_t{n} * outputs + o];
    a.dbias[o] = sum;
  }
}

}  // namespace pellucid::cpu
