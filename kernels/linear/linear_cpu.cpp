// cpu: fp32 loops, parallel over outputs or columns. Each element is summed in an order that
// depends on nothing but the inner extent, so a row's bits do not depend on the batch.
#include <algorithm>
#include <cstdint>

#include "kernels/linear/linear.h"
#include "kernels/row_products_cpu.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
namespace {

constexpr int kRows = 4;     // rows of x and
constexpr int kOutputs = 2;  // rows of w whose products share their loads: 8 sums in registers
constexpr double kSmall = 100000;  // multiply-adds below which threads cost more than they save

[[maybe_unused]] bool worth_threads(const LinearShape& shape) {
  return double{1} * shape.n * shape.inputs * shape.outputs >= kSmall;
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
      dot_rows<kRows, kOutputs>(x, w, inputs, sums);
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
