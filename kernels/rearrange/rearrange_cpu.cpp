// cpu: rows of y's innermost axis, shared out among the threads; copied where they lie together in x,
// else by tiles whose cache lines are used whole.
#include <algorithm>
#include <cstring>

#include "kernels/rearrange/rearrange_readers.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
namespace {

constexpr std::int64_t kParallelValues = 32768;

// Where a row of y (all axes but the last) begins in x; −1: outside.
std::int64_t row_in_x(const RearrangeShape& s, std::int64_t row) {
  std::int64_t from = 0;
  for (int k = s.rank - 2; k >= 0; --k) {
    const RearrangeAxis& a = s.axes[k];
    const int place = place_of(a, s.outside, static_cast<int>(row % a.extent));
    if (place < 0) return -1;
    from += a.stride * place;
    row /= a.extent;
  }
  return from;
}

void copy_row(const float* x, float* y, const RearrangeShape& s, const RearrangeAxis& a) {
  // What is there of a row whose places ascend by one; else nothing.
  const bool together = a.stride == 1 && a.step == 1;
  const int low = together ? std::clamp(-a.start, 0, a.extent) : 0,
            high = together ? std::clamp(a.from - a.start, low, a.extent) : 0;
  const auto by_place = [&](int begin, int end) {
    for (int i = begin; i < end; ++i) {
      const int place = place_of(a, s.outside, i);
      y[i] = place < 0 ? s.value : x[a.stride * place];
    }
  };
  by_place(0, low);
  if (high > low)
    std::memcpy(y + low, x + a.start + low, sizeof(float) * static_cast<std::size_t>(high - low));
  by_place(high, a.extent);
}

}  // namespace

void rearrange(Stream& stream, const RearrangeArgs& a) {
  const LaunchScope scope(stream, {"rearrange_cpu", {}, {}, 0, rearrange_cost(a)});
  const RearrangeShape& s = a.shape;
  const RearrangeAxis& last = s.axes[s.rank - 1];
  const std::int64_t rows = s.values_of_y() / last.extent;
#pragma omp parallel for if (rows * last.extent >= kParallelValues)
  for (std::int64_t row = 0; row < rows; ++row) {
    float* y = a.y + row * last.extent;
    const std::int64_t from = row_in_x(s, row);
    if (from < 0) std::fill(y, y + last.extent, s.value);
    else copy_row(a.x + from, y, s, last);
  }
}

void rearrange_backward(Stream& stream, const RearrangeBackwardArgs& a) {
  const LaunchScope scope(stream,
                          {"rearrange_backward_cpu", {}, {}, 0, rearrange_backward_cost(a)});
  const RearrangeShape& s = a.shape;
  // A row of dx whose values are read together is a sum of rows.
  const RearrangeAxis& last = s.axes[s.rank - 1];
  const bool together = last.whole() && last.stride == 1;
  const int axes = together ? s.rank - 1 : s.rank, width = together ? last.extent : 1;
  const std::int64_t rows = s.values_of_x() / width;
#pragma omp parallel for if (s.values_of_y() >= kParallelValues)
  for (std::int64_t row = 0; row < rows; ++row) {
    float* sum = a.dx + row * width;
    std::fill(sum, sum + width, 0.0f);
    for (RearrangeReaders r(s, axes, row * width); r.any(); r.next()) {
      const float* dy = a.dy + r.index();
      for (int i = 0; i < width; ++i) sum[i] += dy[i];
    }
  }
}

}  // namespace pellucid::cpu
