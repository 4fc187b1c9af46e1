// cpu: fp32 loops, parallel over rows of pixels and vectorised over channels, eight at a time.
// Pooling moves memory and computes next to nothing, so what counts is to touch each line once.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "kernels/pool2d/pool2d.h"
#include "kernels/pool2d/pool2d_windows.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
namespace {

constexpr int kLanes = 8;  // channels of one AVX2 register
// Elements below which threads cost more than they save; unused in a build without OpenMP.
[[maybe_unused]] constexpr std::int64_t kSmall = 64 * 1024;

using Lanes [[gnu::vector_size(kLanes * sizeof(float))]] = float;
using IndexLanes [[gnu::vector_size(kLanes * sizeof(std::int32_t))]] = std::int32_t;

// Channels [first, first + count) of a pixel; count is kLanes wherever there are that many.
struct ChannelGroup {
  int first, count;
  template <class Vector, class T>
  Vector load(const T* pixel) const {
    Vector lanes = {};
    if (count == kLanes) std::memcpy(&lanes, pixel + first, sizeof(lanes));
    else std::memcpy(&lanes, pixel + first, std::size_t(count) * sizeof(T));
    return lanes;
  }
  template <class Vector, class T>
  void store(T* pixel, const Vector& lanes) const {
    if (count == kLanes) std::memcpy(pixel + first, &lanes, sizeof(lanes));
    else std::memcpy(pixel + first, &lanes, std::size_t(count) * sizeof(T));
  }
};

// visit(group) over all channels. The last group of eight overlaps the one before it, which writes
// the same values again; fewer than eight channels are one group.
template <class Visit>
void for_channels(int channels, const Visit& visit) {
  const int count = std::min(channels, kLanes);
  for (int c = 0; c < channels; c += kLanes)
    visit(ChannelGroup{std::min(c, channels - count), count});
}

// visit(n, row) for all rows of n images, in parallel.
template <class Visit>
void for_rows(int n, int rows, [[maybe_unused]] std::int64_t elements, const Visit& visit) {
  const std::int64_t lines = std::int64_t{n} * rows;
#pragma omp parallel for if (elements >= kSmall)
  for (std::int64_t line = 0; line < lines; ++line)
    visit(line / rows, static_cast<int>(line % rows));
}

// range(i) for i in [0, count): made once a call, not once a pixel, for its divisions.
template <class Range>
std::vector<PoolRange> ranges(int count, const Range& range) {
  std::vector<PoolRange> all(count);
  for (int i = 0; i < count; ++i) all[i] = range(i);
  return all;
}
std::vector<PoolRange> row_pixels(const Pool2dShape& s) {
  return ranges(s.p(), [&](int p) { return pool_pixels(s.rows(), p); });
}
std::vector<PoolRange> column_pixels(const Pool2dShape& s) {
  return ranges(s.q(), [&](int q) { return pool_pixels(s.columns(), q); });
}
std::vector<PoolRange> row_windows(const Pool2dShape& s) {
  return ranges(s.h, [&](int h) { return pool_windows(s.rows(), h, s.p()); });
}
std::vector<PoolRange> column_windows(const Pool2dShape& s) {
  return ranges(s.w, [&](int w) { return pool_windows(s.columns(), w, s.q()); });
}

std::vector<int> divisors(const PoolAxis& axis, int outputs, bool count_padding) {
  std::vector<int> all(outputs);
  for (int i = 0; i < outputs; ++i) all[i] = pool_divisor(axis, i, count_padding);
  return all;
}

bool is_dilated(const Pool2dShape& s) { return s.dilation_h > 1 || s.dilation_w > 1; }

std::int64_t input_count(const Pool2dShape& s) { return std::int64_t{s.n} * s.h * s.w * s.c; }

// dx[pixel] = Σ term(channels, output offset, pixel's place in its plane, p, q) over the windows
// that hold the pixel, in the order of (p, q).
template <class Term>
void for_input_rows(const Pool2dShape& s, float* all_dx, const Term& term) {
  const std::vector<PoolRange> all_rows = row_windows(s), all_columns = column_windows(s);
  const int height = s.p(), width = s.q();
  for_rows(s.n, s.h, input_count(s), [&](std::int64_t n, int h) {
    const PoolRange rows = all_rows[h];
    for (int w = 0; w < s.w; ++w) {
      const PoolRange columns = all_columns[w];
      const int here = h * s.w + w;
      float* dx = all_dx + (n * s.h * s.w + here) * s.c;
      const bool one_window = rows.count() == 1 && columns.count() == 1;
      const std::int64_t first = ((n * height + rows.first) * width + columns.first) * s.c;
      for_channels(s.c, [&](const ChannelGroup group) {
        // Nearly all pixels where windows do not overlap: no loops to set up.
        if (one_window) return group.store(dx, term(group, first, here, rows.first, columns.first));
        Lanes sum = {};
        for (int p = rows.first; p < rows.end; ++p)
          for (int q = columns.first; q < columns.end; ++q)
            sum += term(group, ((n * height + p) * width + q) * s.c, here, p, q);
        group.store(dx, sum);
      });
    }
  });
}

// kDilated: a step of 1 that the compiler does not know costs the others up to a fifth.
template <bool kIndex, bool kDilated>
void max_pool(const MaxPool2dArgs& a) {
  const Pool2dShape& s = a.shape;
  const int step_h = kDilated ? s.dilation_h : 1, step_w = kDilated ? s.dilation_w : 1;
  const std::vector<PoolRange> all_rows = row_pixels(s), all_columns = column_pixels(s);
  const int height = s.p(), width = s.q();
  for_rows(s.n, height, input_count(s), [&](std::int64_t n, int p) {
    const float* plane = a.x + n * s.h * s.w * s.c;
    const PoolRange rows = all_rows[p];
    for (int q = 0; q < width; ++q) {
      const PoolRange columns = all_columns[q];
      const std::int64_t output = ((n * height + p) * width + q) * s.c;
      const std::int32_t first = rows.first * s.w + columns.first;
      for_channels(s.c, [&](const ChannelGroup group) {
        Lanes largest = group.load<Lanes>(plane + std::int64_t{first} * s.c);
        IndexLanes best = IndexLanes{} + first;
        for (int h = rows.first; h < rows.end; h += step_h)
          for (int w = columns.first; w < columns.end; w += step_w) {
            const std::int32_t at = h * s.w + w;
            const Lanes x = group.load<Lanes>(plane + std::int64_t{at} * s.c);
            // pool_replaces(), eight at a time: greater, or the first NaN.
            const IndexLanes replaces = (x > largest) | ((x != x) & (largest == largest));
            largest = replaces ? x : largest;
            if (kIndex) best = replaces ? IndexLanes{} + at : best;
          }
        if (a.relu) {
          best = largest > 0 ? best : IndexLanes{} - 1;
          largest = largest <= 0 ? Lanes{} : largest;
        }
        group.store(a.y + output, largest);
        if (kIndex) group.store(a.index + output, best);
      });
    }
  });
}

}  // namespace

void max_pool2d(Stream& stream, const MaxPool2dArgs& a) {
  const LaunchScope scope(stream, {"max_pool2d_cpu", {}, {}, 0, max_pool2d_cost(a)});
  const bool dilated = is_dilated(a.shape);
  if (a.index) dilated ? max_pool<true, true>(a) : max_pool<true, false>(a);
  else dilated ? max_pool<false, true>(a) : max_pool<false, false>(a);
}

void max_pool2d_backward(Stream& stream, const MaxPool2dBackwardArgs& a) {
  const Pool2dShape& s = a.shape;
  const LaunchScope scope(stream,
                          {"max_pool2d_backward_cpu", {}, {}, 0, max_pool2d_backward_cost(s)});
  for_input_rows(s, a.dx, [&](ChannelGroup group, std::int64_t output, int here, int, int) {
    const IndexLanes chosen = group.load<IndexLanes>(a.index + output) == here;
    return chosen ? group.load<Lanes>(a.dy + output) : Lanes{};
  });
}

namespace {

template <bool kDilated>
void average_pool(const AveragePool2dArgs& a) {
  const Pool2dShape& s = a.shape;
  const int step_h = kDilated ? s.dilation_h : 1, step_w = kDilated ? s.dilation_w : 1;
  const std::vector<PoolRange> all_rows = row_pixels(s), all_columns = column_pixels(s);
  const int height = s.p(), width = s.q();
  const std::vector<int> heights = divisors(s.rows(), height, s.count_padding),
                         widths = divisors(s.columns(), width, s.count_padding);
  for_rows(s.n, height, input_count(s), [&](std::int64_t n, int p) {
    const float* plane = a.x + n * s.h * s.w * s.c;
    const PoolRange rows = all_rows[p];
    for (int q = 0; q < width; ++q) {
      const PoolRange columns = all_columns[q];
      const float pixels = static_cast<float>(heights[p] * widths[q]);
      float* y = a.y + ((n * height + p) * width + q) * s.c;
      for_channels(s.c, [&](const ChannelGroup group) {
        Lanes sum = {};
        for (int h = rows.first; h < rows.end; h += step_h)
          for (int w = columns.first; w < columns.end; w += step_w)
            sum += group.load<Lanes>(plane + (std::int64_t{h} * s.w + w) * s.c);
        group.store(y, sum / pixels);
      });
    }
  });
}

}  // namespace

void average_pool2d(Stream& stream, const AveragePool2dArgs& a) {
  const LaunchScope scope(stream, {"average_pool2d_cpu", {}, {}, 0, average_pool2d_cost(a.shape)});
  if (is_dilated(a.shape)) average_pool<true>(a);
  else average_pool<false>(a);
}

void average_pool2d_backward(Stream& stream, const AveragePool2dBackwardArgs& a) {
  const Pool2dShape& s = a.shape;
  const LaunchScope scope(
      stream, {"average_pool2d_backward_cpu", {}, {}, 0, average_pool2d_backward_cost(s)});
  const std::vector<int> heights = divisors(s.rows(), s.p(), s.count_padding),
                         widths = divisors(s.columns(), s.q(), s.count_padding);
  const auto share = [&](ChannelGroup group, std::int64_t output, int, int p, int q) {
    return group.load<Lanes>(a.dy + output) / static_cast<float>(heights[p] * widths[q]);
  };
  if (!is_dilated(s)) return for_input_rows(s, a.dx, share);
  const PoolAxis rows = s.rows(), columns = s.columns();
  for_input_rows(s, a.dx, [&](ChannelGroup group, std::int64_t output, int here, int p, int q) {
    const bool held = pool_holds(rows, p, here / s.w) && pool_holds(columns, q, here % s.w);
    return held ? share(group, output, here, p, q) : Lanes{};
  });
}

}  // namespace pellucid::cpu
