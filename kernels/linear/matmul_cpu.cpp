// cpu: fp32 loops, parallel over products and rows of c. Each element is summed in an order that depends on
// nothing but k, so its bits do not depend on the batch.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "kernels/linear/matmul.h"
#include "kernels/row_products_cpu.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
namespace {

constexpr int kRowsAtOnce = 4;     // of op(a), and
constexpr int kColumnsAtOnce = 2;  // of op(b), whose products share their loads
// Multiply-adds below which threads cost more than they save; unused in a build without OpenMP.
[[maybe_unused]] constexpr double kFewProducts = 100000;

// Rows first … of c where both factors lie along k.
void dot_block(const MatmulArgs& s, const float* a, const float* b, float* c, int first) {
  const float* left[kRowsAtOnce];
  for (int r = 0; r < kRowsAtOnce; ++r)
    left[r] = a + std::int64_t{std::min(first + r, s.m - 1)} * s.k;
  for (int n = 0; n < s.n; n += kColumnsAtOnce) {
    const float* right[kColumnsAtOnce];
    for (int j = 0; j < kColumnsAtOnce; ++j)
      right[j] = b + std::int64_t{std::min(n + j, s.n - 1)} * s.k;
    float sums[kRowsAtOnce][kColumnsAtOnce];
    dot_rows<kRowsAtOnce, kColumnsAtOnce>(left, right, s.k, sums);
    for (int r = 0; r < kRowsAtOnce && first + r < s.m; ++r)
      for (int j = 0; j < kColumnsAtOnce && n + j < s.n; ++j)
        c[(std::int64_t{first} + r) * s.n + n + j] = sums[r][j];
  }
}

// Rows first … of c as sums of rows of b. A transposed b lies along k: its columns are dot products, of rows of
// a that are copied together where a is transposed too.
void rows_of_product(const MatmulArgs& s, const float* a, const float* b, float* c, int first) {
  const int end = std::min(first + kRowsAtOnce, s.m);
  if (!s.transpose_b) {
    for (int row = first; row < end; ++row)
      for (int column = 0; column < s.n; column += kColumns)
        weighted_rows(s.k, s.transpose_a ? a + row : a + std::int64_t{row} * s.k,
                      s.transpose_a ? s.m : 1, b + column, s.n, std::min(kColumns, s.n - column),
                      c + std::int64_t{row} * s.n + column);
    return;
  }
  if (!s.transpose_a) return dot_block(s, a, b, c, first);
  std::vector<float> copy(static_cast<std::size_t>(end - first) * static_cast<std::size_t>(s.k));
  for (std::int64_t k = 0; k < s.k; ++k)
    for (int row = first; row < end; ++row)
      copy[(row - first) * std::int64_t{s.k} + k] = a[k * s.m + row];
  MatmulArgs part = s;
  part.m = end - first;
  dot_block(part, copy.data(), b, c + std::int64_t{first} * s.n, 0);
}

}  // namespace

void matmul(Stream& stream, const MatmulArgs& s) {
  const LaunchScope scope(stream, {"matmul_cpu", {}, {}, 0, matmul_cost(s)});
  const std::int64_t blocks = (s.m + kRowsAtOnce - 1) / kRowsAtOnce;
#pragma omp parallel for if (double{1} * s.batch * s.m * s.n * s.k >= kFewProducts)
  for (std::int64_t block = 0; block < s.batch * blocks; ++block) {
    const std::int64_t i = block / blocks;
    rows_of_product(s, s.a + i * s.m * s.k, s.b + i % s.b_count * s.k * s.n, s.c + i * s.m * s.n,
                    static_cast<int>(block % blocks) * kRowsAtOnce);
  }
}

}  // namespace pellucid::cpu
