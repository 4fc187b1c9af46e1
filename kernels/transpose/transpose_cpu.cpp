// cpu: 16 × 16 values at a time, whose cache lines are used whole.
#include <algorithm>
#include <cstdint>

#include "kernels/transpose/transpose.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {

void transpose(Stream& stream, const TransposeArgs& a) {
  const LaunchScope scope(stream, {"transpose_cpu", {}, {}, 0, transpose_cost(a)});
  constexpr int kSide = 16;
  const std::int64_t rows = a.rows, cols = a.cols;
  for (std::int64_t n = 0; n < a.n; ++n) {
    const float* x = a.x + n * rows * cols;
    float* y = a.y + n * rows * cols;
    for (std::int64_t first_row = 0; first_row < rows; first_row += kSide)
      for (std::int64_t first_col = 0; first_col < cols; first_col += kSide)
        for (std::int64_t c = first_col; c < std::min(first_col + kSide, cols); ++c)
          for (std::int64_t r = first_row; r < std::min(first_row + kSide, rows); ++r)
            y[c * rows + r] = x[r * cols + c];
  }
}

}  // namespace pellucid::cpu
