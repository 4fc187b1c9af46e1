// cpu: fp32 loops, parallel over rows of pixels and vectorised over channels, eight at a time.
// Pooling moves memory and computes next to nothing, so what counts is to touch each line once.
#include <cstdint>
#include <type_traits>

#include "kernels/pool2d/pool2d.h"
#include "kernels/pool2d/pool2d_windows.h"
#include "runtime/launch_seam.h"

namespace pellucid::cpu {
namespace {

constexpr int kLanes = 8;                   // channels of one AVX2 register
constexpr std::int64_t kSmall = 64 * 1024;  // elements below which threads cost more than they save

// group(first channel, number of channels as a compile-time constant) over all channels. The last
// group of eight overlaps the one before it, which writes the same values again; fewer than eight
// channels go one by one.
template <class Group>
void for_channels(int channels, const Group& group) {
  if (channels < kLanes) {
    for (int c = 0; c < channels; ++c) group(c, std::integral_constant<int, 1>());
    return;
  }
  for (int c = 0; c < channels; c += kLanes)
    group(c + kLanes <= channels ? c : channels - kLanes, std::integral_constant<int, kLanes>());
}

// pixel(n, row, column) over an (n, rows, columns) grid, parallel over rows.
template <class Pixel>
void for_pixels(int n, int rows, int columns, int channels, const Pixel& pixel) {
  const std::int64_t lines = std::int64_t{n} * rows;
#pragma omp parallel for if (lines * columns * channels >= kSmall)
  for (std::int64_t line = 0; line < lines; ++line)
    for (int column = 0; column < columns; ++column)
      pixel(line / rows, static_cast<int>(line % rows), column);
}

template <bool kIndex>
void max_pool(const MaxPool2dArgs& a) {
  const Pool2dShape& s = a.shape;
  const int height = s.p(), width = s.q();
  for_pixels(s.n, height, width, s.c, [&](std::int64_t n, int p, int q) {
    const PoolRange rows = pool_pixels(p, s.window_h, s.stride_h, s.pad_h, s.h);
    const PoolRange columns = pool_pixels(q, s.window_w, s.stride_w, s.pad_w, s.w);
    const float* plane = a.x + n * s.h * s.w * s.c;
    const std::int64_t output = ((n * height + p) * width + q) * s.c;
    for_channels(s.c, [&](int c, auto lanes) {
      constexpr int kCount = decltype(lanes)::value;
      float largest[kCount];
      std::int32_t best[kCount];
      const std::int32_t first = rows.first * s.w + columns.first;
      for (int l = 0; l < kCount; ++l) {
        largest[l] = plane[std::int64_t{first} * s.c + c + l];
        best[l] = first;
      }
      for (int h = rows.first; h < rows.end; ++h)
        for (int w = columns.first; w < columns.end; ++w) {
          const std::int32_t at = h * s.w + w;
          const float* x = plane + std::int64_t{at} * s.c + c;
          for (int l = 0; l < kCount; ++l) {
            // Without short circuits, so that it becomes a compare and a blend.
            const bool replace =
                (x[l] > largest[l]) | ((x[l] != x[l]) & (largest[l] == largest[l]));
            largest[l] = replace ? x[l] : largest[l];
            if (kIndex) best[l] = replace ? at : best[l];
          }
        }
      for (int l = 0; l < kCount; ++l) {
        a.y[output + c + l] = largest[l];
        if (kIndex) a.index[output + c + l] = best[l];
      }
    });
  });
}

}  // namespace

void max_pool2d(Stream& stream, const MaxPool2dArgs& a) {
  const LaunchScope scope(stream, {"max_pool2d_cpu", {}, {}, 0, max_pool2d_cost(a)});
  if (a.index) max_pool<true>(a);
  else max_pool<false>(a);
}

void max_pool2d_backward(Stream& stream, const MaxPool2dBackwardArgs& a) {
  const Pool2dShape& s = a.shape;
  const LaunchScope scope(stream,
                          {"max_pool2d_backward_cpu", {}, {}, 0, max_pool2d_backward_cost(s)});
  const int height = s.p(), width = s.q();
  for_pixels(s.n, s.h, s.w, s.c, [&](std::int64_t n, int h, int w) {
    const PoolRange rows = pool_windows(h, s.window_h, s.stride_h, s.pad_h, height);
    const PoolRange columns = pool_windows(w, s.window_w, s.stride_w, s.pad_w, width);
    const std::int32_t here = h * s.w + w;
    float* dx = a.dx + ((n * s.h + h) * s.w + w) * s.c;
    for_channels(s.c, [&](int c, auto lanes) {
      constexpr int kCount = decltype(lanes)::value;
      float sum[kCount] = {};
      for (int p = rows.first; p < rows.end; ++p)
        for (int q = columns.first; q < columns.end; ++q) {
          const std::int64_t output = ((n * height + p) * width + q) * s.c + c;
          const float* dy = a.dy + output;
          const std::int32_t* index = a.index + output;
          for (int l = 0; l < kCount; ++l) sum[l] += index[l] == here ? dy[l] : 0.0f;
        }
      for (int l = 0; l < kCount; ++l) dx[c + l] = sum[l];
    });
  });
}

void average_pool2d(Stream& stream, const AveragePool2dArgs& a) {
  const Pool2dShape& s = a.shape;
  const LaunchScope scope(stream, {"average_pool2d_cpu", {}, {}, 0, average_pool2d_cost(s)});
  const int height = s.p(), width = s.q();
  for_pixels(s.n, height, width, s.c, [&](std::int64_t n, int p, int q) {
    const PoolRange rows = pool_pixels(p, s.window_h, s.stride_h, s.pad_h, s.h);
    const PoolRange columns = pool_pixels(q, s.window_w, s.stride_w, s.pad_w, s.w);
    const float pixels = static_cast<float>(rows.count() * columns.count());
    const float* plane = a.x + n * s.h * s.w * s.c;
    float* y = a.y + ((n * height + p) * width + q) * s.c;
    for_channels(s.c, [&](int c, auto lanes) {
      constexpr int kCount = decltype(lanes)::value;
      float sum[kCount] = {};
      for (int h = rows.first; h < rows.end; ++h)
        for (int w = columns.first; w < columns.end; ++w) {
          const float* x = plane + (std::int64_t{h} * s.w + w) * s.c + c;
          for (int l = 0; l < kCount; ++l) sum[l] += x[l];
        }
      for (int l = 0; l < kCount; ++l) y[c + l] = sum[l] / pixels;
    });
  });
}

void average_pool2d_backward(Stream& stream, const AveragePool2dBackwardArgs& a) {
  const Pool2dShape& s = a.shape;
  const LaunchScope scope(
      stream, {"average_pool2d_backward_cpu", {}, {}, 0, average_pool2d_backward_cost(s)});
  const int height = s.p(), width = s.q();
  for_pixels(s.n, s.h, s.w, s.c, [&](std::int64_t n, int h, int w) {
    const PoolRange rows = pool_windows(h, s.window_h, s.stride_h, s.pad_h, height);
    const PoolRange columns = pool_windows(w, s.window_w, s.stride_w, s.pad_w, width);
    float* dx = a.dx + ((n * s.h + h) * s.w + w) * s.c;
    for_channels(s.c, [&](int c, auto lanes) {
      constexpr int kCount = decltype(lanes)::value;
      float sum[kCount] = {};
      for (int p = rows.first; p < rows.end; ++p)
        for (int q = columns.first; q < columns.end; ++q) {
          const float pixels =
              static_cast<float>(pool_pixels(p, s.window_h, s.stride_h, s.pad_h, s.h).count() *
                                 pool_pixels(q, s.window_w, s.stride_w, s.pad_w, s.w).count());
          const float* dy = a.dy + ((n * height + p) * width + q) * s.c + c;
          for (int l = 0; l < kCount; ++l) sum[l] += dy[l] / pixels;
        }
      for (int l = 0; l < kCount; ++l) dx[c + l] = sum[l];
    });
  });
}

}  // namespace pellucid::cpu
