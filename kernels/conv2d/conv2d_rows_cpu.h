// conv2d_rows_cpu.h: what the cpu's convolutions share: a row of outputs as the product of an R-row
// window of the image, padded with zeros so that no inner loop knows of borders, with panels of 16
// output columns. The inner loop keeps a tile of 6 × 16 results in twelve 8-wide registers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "kernels/conv2d/conv2d.h"
#include "runtime/arena.h"

#ifdef _OPENMP
#include <omp.h>
#endif

namespace pellucid::cpu {

inline constexpr int kPanel = 16;  // columns of a panel
inline constexpr int kTile = 6;    // rows of a register tile
using Vec8 = float __attribute__((vector_size(32)));
// Loads from any float; memcpy into a Vec8 goes through the stack in g++ 12.
using UnalignedVec8 = float __attribute__((vector_size(32), aligned(4), may_alias));
static_assert(kPanel == 2 * 8);

inline int round_up(int value, int multiple) {
  return (value + multiple - 1) / multiple * multiple;
}
inline int panels_of(int columns) { return (columns + kPanel - 1) / kPanel; }
inline int hardware_threads() {
#ifdef _OPENMP
  return omp_get_max_threads();
#else
  return 1;
#endif
}

inline float* floats(const Buffer& buffer) { return static_cast<float*>(buffer.data()); }
inline std::size_t float_bytes(std::size_t count) { return count * sizeof(float); }

struct Tile {
  Vec8 sum[kTile][2] = {};

  // sum[i][:] += Σ_{run, u} a[run·run_step + u·a_step + i·a_row] · b[(run·length + u)·kPanel + :]
  void accumulate(const float* a, int runs, std::ptrdiff_t run_step, std::ptrdiff_t a_step,
                  std::ptrdiff_t a_row, const float* b, int length) {
    Vec8 local[kTile][2];
    for (int i = 0; i < kTile; ++i)
      for (int j = 0; j < 2; ++j) local[i][j] = sum[i][j];
    for (int run = 0; run < runs; ++run, a += run_step) {
      const float* at = a;
      for (int u = 0; u < length; ++u, at += a_step, b += kPanel) {
        const auto* panel = reinterpret_cast<const UnalignedVec8*>(b);
        const Vec8 columns[2] = {panel[0], panel[1]};
        for (int i = 0; i < kTile; ++i)
          for (int j = 0; j < 2; ++j) local[i][j] += at[i * a_row] * columns[j];
      }
    }
    for (int i = 0; i < kTile; ++i)
      for (int j = 0; j < 2; ++j) sum[i][j] = local[i][j];
  }
  void read_row(int i, float* to) const { std::memcpy(to, sum[i], kPanel * sizeof(float)); }
};

// R rows of an image, `width` pixels of `channels` floats each, zero wherever the image has no
// pixel.
struct Window {
  int rows, taps;  // R, S
  int channels;
  int pixels;  // results a row of the window yields
  int stride, dilation;
  int width = (round_up(pixels, kTile) - 1) * stride + (taps - 1) * dilation + 1;

  std::ptrdiff_t row_floats() const { return std::ptrdiff_t{width} * channels; }
  // A tile may reach up to kTile taps past the last row's end.
  std::size_t floats() const { return static_cast<std::size_t>(row_floats() * rows + kTile); }
  // Taps that lie side by side in memory form one run.
  int runs() const { return dilation == 1 ? 1 : taps; }
  int run_length() const { return dilation == 1 ? taps * channels : channels; }
  std::ptrdiff_t run_step() const { return std::ptrdiff_t{dilation} * channels; }
};

inline Window input_window(const Conv2dShape& d) {
  return {d.r, d.s, d.c, d.q(), d.stride_w, d.dilation_w};
}

// The filters of w (K, R, S, C) as (panels, R, S, C, 16), the last panel filled up with zeros.
inline std::size_t packed_filters_floats(const Conv2dShape& d) {
  return static_cast<std::size_t>(panels_of(d.k)) * d.taps() * kPanel;
}
inline void pack_filters(const Conv2dShape& d, const float* w, float* panels) {
  const std::ptrdiff_t taps = d.taps(), panel = taps * kPanel;
  std::fill_n(panels, packed_filters_floats(d), 0.0f);
  for (int k = 0; k < d.k; ++k)
    for (std::ptrdiff_t tap = 0; tap < taps; ++tap)
      panels[k / kPanel * panel + tap * kPanel + k % kPanel] = w[k * taps + tap];
}

// Writes `window.pixels` results of `columns` floats to `out`. `panels`: (panels, R, S, channels,
// 16).
inline void convolve_row(const Window& window, const float* data, const float* panels,
                         const float* bias, int columns, float* out) {
  const std::ptrdiff_t run_floats = std::ptrdiff_t{window.run_length()} * kPanel;
  const std::ptrdiff_t step = std::ptrdiff_t{window.stride} * window.channels;
  for (int first = 0; first < columns; first += kPanel) {
    const int width = std::min(kPanel, columns - first);
    float offsets[kPanel] = {};
    if (bias) std::copy_n(bias + first, width, offsets);
    for (int pixel = 0; pixel < window.pixels; pixel += kTile) {
      Tile tile;
      const float* weights = panels;
      const float* first_tap = data + pixel * step;
      if (window.runs() == 1) {
        tile.accumulate(first_tap, window.rows, window.row_floats(), 1, step, weights,
                        window.run_length());
      } else {
        for (int r = 0; r < window.rows; ++r, weights += window.runs() * run_floats)
          tile.accumulate(first_tap + r * window.row_floats(), window.runs(), window.run_step(), 1,
                          step, weights, window.run_length());
      }
      float rows[kTile][kPanel];
      for (int i = 0; i < kTile; ++i) tile.read_row(i, rows[i]);
      float* to = out + std::ptrdiff_t{pixel} * columns + first;
      for (int i = 0; i < std::min(kTile, window.pixels - pixel); ++i, to += columns) {
        for (int j = 0; j < kPanel; ++j) rows[i][j] += offsets[j];
        if (width == kPanel) std::copy_n(rows[i], kPanel, to);
        else std::copy_n(rows[i], width, to);
      }
    }
    panels += window.rows * window.runs() * run_floats;
  }
}

}  // namespace pellucid::cpu
