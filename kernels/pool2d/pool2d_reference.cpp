#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/pool2d/pool2d.h"

namespace pellucid {
namespace {

// Offset of pixel (n, h, w), channel 0, in an (N, H, W, C) array.
std::size_t pixel(std::size_t n, std::size_t h, std::size_t w, int height, int width, int c) {
  return ((n * height + h) * width + w) * c;
}

// The window of output (p, q): those of its rows and columns that the image has, and what its average is
// divided by.
struct Window {
  std::vector<int> rows, columns;
  int divisor;
  Window(const Pool2dShape& s, int p, int q)
      : rows(inside(s.rows(), p)),
        columns(inside(s.columns(), q)),
        divisor(s.count_padding
                    ? padded(s.rows(), p) * padded(s.columns(), q)
                    : static_cast<int>(rows.size()) * static_cast<int>(columns.size())) {}

 private:
  static std::vector<int> inside(const PoolAxis& axis, int output) {
    std::vector<int> places;
    for (int i = 0; i < axis.window; ++i) {
      const int at = output * axis.stride - axis.pad + i * axis.dilation;
      if (at >= 0 && at < axis.extent) places.push_back(at);
    }
    return places;
  }
  static int padded(const PoolAxis& axis, int output) {
    int count = 0;
    for (int i = 0; i < axis.window; ++i)
      count +=
          output * axis.stride - axis.pad + i * axis.dilation < axis.extent + axis.far_pad ? 1 : 0;
    return count;
  }
};

// visit(window, output offset of channel 0, n) for every window.
template <class Visit>
void for_each_window(const Pool2dShape& s, const Visit& visit) {
  for (int n = 0; n < s.n; ++n)
    for (int p = 0; p < s.p(); ++p)
      for (int q = 0; q < s.q(); ++q) visit(Window(s, p, q), pixel(n, p, q, s.p(), s.q(), s.c), n);
}

}  // namespace

template <class T>
void max_pool2d_reference(const Pool2dShape& s, const T* x, T* y, std::int32_t* index, bool relu) {
  for_each_window(s, [&](const Window& window, std::size_t output, int n) {
    for (int c = 0; c < s.c; ++c) {
      int best = window.rows[0] * s.w + window.columns[0];
      const auto value = [&](int h, int w) { return x[pixel(n, h, w, s.h, s.w, s.c) + c]; };
      T largest = value(window.rows[0], window.columns[0]);
      for (const int h : window.rows)
        for (const int w : window.columns)
          if (value(h, w) > largest || (std::isnan(value(h, w)) && !std::isnan(largest))) {
            largest = value(h, w);
            best = h * s.w + w;
          }
      const bool passes = !relu || largest > 0;
      y[output + c] = relu && largest <= 0 ? T{0} : largest;
      if (index) index[output + c] = passes ? best : -1;
    }
  });
}

template <class T>
void max_pool2d_backward_reference(const Pool2dShape& s, const T* dy, const std::int32_t* index,
                                   T* dx) {
  std::vector<double> sums(pixel(s.n, 0, 0, s.h, s.w, s.c));
  for_each_window(s, [&](const Window&, std::size_t output, int n) {
    for (int c = 0; c < s.c; ++c) {
      if (index[output + c] < 0) continue;
      sums[pixel(n, 0, 0, s.h, s.w, s.c) + std::size_t(index[output + c]) * s.c + c] +=
          dy[output + c];
    }
  });
  std::transform(sums.begin(), sums.end(), dx, [](double sum) { return static_cast<T>(sum); });
}

template <class T>
void average_pool2d_reference(const Pool2dShape& s, const T* x, T* y) {
  for_each_window(s, [&](const Window& window, std::size_t output, int n) {
    for (int c = 0; c < s.c; ++c) {
      double sum = 0;
      for (const int h : window.rows)
        for (const int w : window.columns) sum += x[pixel(n, h, w, s.h, s.w, s.c) + c];
      y[output + c] = static_cast<T>(sum / window.divisor);
    }
  });
}

template <class T>
void average_pool2d_backward_reference(const Pool2dShape& s, const T* dy, T* dx) {
  std::vector<double> sums(pixel(s.n, 0, 0, s.h, s.w, s.c));
  for_each_window(s, [&](const Window& window, std::size_t output, int n) {
    for (const int h : window.rows)
      for (const int w : window.columns)
        for (int c = 0; c < s.c; ++c)
          sums[pixel(n, h, w, s.h, s.w, s.c) + c] += double{dy[output + c]} / window.divisor;
  });
  std::transform(sums.begin(), sums.end(), dx, [](double sum) { return static_cast<T>(sum); });
}

template void max_pool2d_reference(const Pool2dShape&, const float*, float*, std::int32_t*, bool);
template void max_pool2d_reference(const Pool2dShape&, const double*, double*, std::int32_t*, bool);
template void max_pool2d_backward_reference(const Pool2dShape&, const float*, const std::int32_t*,
                                            float*);
template void max_pool2d_backward_reference(const Pool2dShape&, const double*, const std::int32_t*,
                                            double*);
template void average_pool2d_reference(const Pool2dShape&, const float*, float*);
template void average_pool2d_reference(const Pool2dShape&, const double*, double*);
template void average_pool2d_backward_reference(const Pool2dShape&, const float*, float*);
template void average_pool2d_backward_reference(const Pool2dShape&, const double*, double*);

}  // namespace pellucid
