// cpu: fp32 loops, parallel over outputs or columns. Each element is summed in an order that
// depends on nothing but the inner extent, so a row's bits do not depend on the batch.
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "kernels/linear/linear.h"
#include "runtime/launch_seam.h"

namespace pellucid::cpu {
namespace {

constexpr int kLanes = 8;          // of one AVX2 register
constexpr int kRows = 4;           // rows of x that share a load of w
constexpr int kColumns = 512;      // 2 KiB of an output row, which stays in the first-level cache
constexpr double kSmall = 100000;  // multiply-adds below which threads cost more than they save

bool worth_threads(const LinearShape& shape) {
  return double{1} * shape.n * shape.inputs * shape.outputs >= kSmall;
}

// sums[r] = Σ_i x[r][i]·w[i] for kRows rows: lane l takes i = l, l + 8, …, then the lanes are added
// in order. std::fma makes every row's rounding the same whatever the compiler would contract.
void dot_rows(const float* const x[kRows], const float* w, int count, float sums[kRows]) {
  float lanes[kRows][kLanes] = {};
  int i = 0;
  for (; i + kLanes <= count; i += kLanes)
    for (int r = 0; r < kRows; ++r)
      for (int l = 0; l < kLanes; ++l) lanes[r][l] = std::fma(x[r][i + l], w[i + l], lanes[r][l]);
  for (int l = 0; i < count; ++i, ++l)
    for (int r = 0; r < kRows; ++r) lanes[r][l] = std::fma(x[r][i], w[i], lanes[r][l]);
  for (int r = 0; r < kRows; ++r) {
    sums[r] = 0;
    for (int l = 0; l < kLanes; ++l) sums[r] += lanes[r][l];
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
#pragma omp parallel for if (worth_threads(a.shape))
  for (int o = 0; o < outputs; ++o) {
    const float* w = a.w + std::int64_t{o} * inputs;
    const float bias = a.bias ? a.bias[o] : 0.0f;
    for (int n = 0; n < rows; n += kRows) {
      // Past the last row the group repeats it: one code path for all rows, so one rounding.
      const float* x[kRows];
      for (int r = 0; r < kRows; ++r) x[r] = a.x + std::int64_t{std::min(n + r, rows - 1)} * inputs;
      float sums[kRows];
      dot_rows(x, w, inputs, sums);
      for (int r = 0; r < kRows && n + r < rows; ++r)
        a.y[(std::int64_t{n} + r) * outputs + o] = sums[r] + bias;
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
