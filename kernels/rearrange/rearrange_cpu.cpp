// cpu: rows of y's innermost axis, copied where they lie together in x; where another axis of y is x's
// innermost, tiles of the plane of both, whose cache lines are used whole.
#include <algorithm>
#include <cstring>

#include "kernels/rearrange/rearrange_readers.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
namespace {

[[maybe_unused]] constexpr std::int64_t kParallelValues = 32768;  // of OpenMP alone
constexpr int kRowsAtOnce = 64;

// Goes through y's rows, along all axes but the last.
class RowWalk {
 public:
  RowWalk(const RearrangeShape& shape, std::int64_t row) : s_(shape) {
    for (int k = s_.rank - 2; k >= 0; --k) {
      index_[k] = static_cast<int>(row % s_.axes[k].extent);
      row /= s_.axes[k].extent;
      place(k);
    }
  }
  // Where the row begins in x; −1: outside.
  std::int64_t begin() const {
    std::int64_t sum = 0;
    for (int k = 0; k < s_.rank - 1; ++k) {
      if (in_x_[k] < 0) return -1;
      sum += in_x_[k];
    }
    return sum;
  }
  void next() {
    for (int k = s_.rank - 2; k >= 0; --k) {
      index_[k] = index_[k] + 1 < s_.axes[k].extent ? index_[k] + 1 : 0;
      place(k);
      if (index_[k] > 0) return;
    }
  }

 private:
  void place(int k) { in_x_[k] = s_.axes[k].stride * place_of(s_.axes[k], s_.outside, index_[k]); }

  const RearrangeShape& s_;
  int index_[kRearrangeAxes] = {};
  std::int64_t in_x_[kRearrangeAxes] = {};
};

void copy_row(const float* x, float* y, const RearrangeShape& s, const RearrangeAxis& a) {
  if (a.step == 0) {
    const int place = place_of(a, s.outside, 0);
    std::fill(y, y + a.extent, place < 0 ? s.value : x[a.stride * place]);
    return;
  }
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

void copy_rows(const RearrangeArgs& a) {
  const RearrangeShape& s = a.shape;
  const RearrangeAxis& last = s.axes[s.rank - 1];
  const std::int64_t rows = s.values_of_y() / last.extent;
#pragma omp parallel for if (s.values_of_y() >= kParallelValues)
  for (std::int64_t first = 0; first < rows; first += kRowsAtOnce) {
    RowWalk walk(s, first);
    for (std::int64_t row = first; row < std::min(first + kRowsAtOnce, rows); ++row, walk.next()) {
      float* y = a.y + row * last.extent;
      if (walk.begin() < 0) std::fill(y, y + last.extent, s.value);
      else copy_row(a.x + walk.begin(), y, s, last);
    }
  }
}

// The axis of y that is x's innermost, if it and y's last lie within x; −1: none.
int axis_across(const RearrangeShape& s) {
  if (!s.axes[s.rank - 1].inside() || s.axes[s.rank - 1].stride == 1) return -1;
  for (int k = 0; k < s.rank - 1; ++k)
    if (s.axes[k].stride == 1 && s.axes[k].step == 1 && s.axes[k].inside() && s.axes[k].extent > 1)
      return k;
  return -1;
}

constexpr int kSide = 16;  // a cache line of values

// y[i·row + j] = x[i + j·column] for i, j < kSide. By way of a tile of its own: 16 lines whose distance is
// a power of two would push each other out of the cache.
void turn_tile(const float* x, std::int64_t column, float* y, std::int64_t row) {
  float tile[kSide][kSide];
  for (int j = 0; j < kSide; ++j) std::memcpy(tile[j], x + j * column, sizeof tile[j]);
  for (int i = 0; i < kSide; ++i) {
    float line[kSide];
    for (int j = 0; j < kSide; ++j) line[j] = tile[j][i];
    std::memcpy(y + i * row, line, sizeof line);
  }
}

// The same for i < rows, j < columns: what no tile fits into by the longer loop.
void turn(const float* x, std::int64_t column, float* y, std::int64_t row, int rows, int columns) {
  if (columns == kSide)
    for (; rows >= kSide; rows -= kSide, x += kSide, y += kSide * row) turn_tile(x, column, y, row);
  if (rows >= columns) {
    for (int j = 0; j < columns; ++j)
      for (int i = 0; i < rows; ++i) y[i * row + j] = x[i + j * column];
  } else {
    for (int i = 0; i < rows; ++i)
      for (int j = 0; j < columns; ++j) y[i * row + j] = x[i + j * column];
  }
}

void turn_planes(const RearrangeArgs& a, int across) {
  // All axes but these two are walked along as the rows of a shape of their own.
  RearrangeShape others = a.shape;
  others.rank = 0;
  std::int64_t strides[kRearrangeAxes], stride = 1;  // of y
  for (int k = a.shape.rank - 1; k >= 0; stride *= a.shape.axes[k--].extent) strides[k] = stride;
  const RearrangeAxis &inner = a.shape.axes[across], &last = a.shape.axes[a.shape.rank - 1];
  for (int k = 0; k < a.shape.rank; ++k)
    if (k != across) others.axes[others.rank++] = a.shape.axes[k];
  const std::int64_t planes = others.values_of_y() / last.extent;
  // Few columns as they are, many by 16; rows so that some lines of x that lie side by side are read
  // together.
  constexpr int kRows = 4 * kSide, kTile = 4096;
  const int height = std::max(kRows, kTile / last.extent),
            width = last.extent > kRows ? kSide : last.extent;
  const std::int64_t strips = (inner.extent + height - 1) / height;
#pragma omp parallel for if (a.shape.values_of_y() >= kParallelValues)
  for (std::int64_t item = 0; item < planes * strips; ++item) {
    const std::int64_t plane = item / strips;
    const int first = static_cast<int>(item % strips) * height,
              rows = std::min(height, inner.extent - first);
    // Behind `across`, y's axes repeat within it.
    const std::int64_t behind = strides[across] / last.extent;
    float* y = a.y + (plane / behind * inner.extent + first) * strides[across] +
               plane % behind * last.extent;
    const std::int64_t from = RowWalk(others, plane).begin();
    for (int j = 0; j < last.extent; j += width) {
      const int columns = std::min(width, last.extent - j);
      if (from >= 0)
        turn(a.x + from + inner.start + first + last.stride * (last.start + last.step * j),
             last.stride * last.step, y + j, strides[across], rows, columns);
      else
        for (int i = 0; i < rows; ++i)
          std::fill_n(y + i * strides[across] + j, columns, a.shape.value);
    }
  }
}

}  // namespace

void rearrange(Stream& stream, const RearrangeArgs& a) {
  const LaunchScope scope(stream, {"rearrange_cpu", {}, {}, 0, rearrange_cost(a)});
  const int across = axis_across(a.shape);
  if (across >= 0) turn_planes(a, across);
  else copy_rows(a);
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
    RearrangeReaders readers(s, axes, row * width);
    if (!readers.any()) std::fill(sum, sum + width, 0.0f);
    for (bool first = true; readers.any(); readers.next(), first = false) {
      const float* dy = a.dy + readers.index();
      if (first)
        for (int i = 0; i < width; ++i) sum[i] = dy[i];
      else
        for (int i = 0; i < width; ++i) sum[i] += dy[i];
    }
  }
}

}  // namespace pellucid::cpu
