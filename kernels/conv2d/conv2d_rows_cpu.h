// conv2d_rows_cpu.h: what the cpu's convolutions share: a row of outputs as the product of an R-row
// window of the image, padded with zeros so that no inner loop knows of borders, with panels of 16
// output columns. The inner loop keeps a tile of results in twelve registers: 6 × 16 in 8-wide ones,
// 12 × 16 in the 16-wide ones of a processor with AVX-512. Which of them runs changes no bit: a
// result is the same chain of fused multiply-adds in both.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "kernels/conv2d/conv2d.h"
#include "runtime/arena.h"

namespace pellucid::cpu {

inline constexpr int kPanel = 16;  // columns of a panel
inline constexpr int kTile = 6;    // rows of a register tile; a tall one has twice as many

inline int round_up(int value, int multiple) {
  return (value + multiple - 1) / multiple * multiple;
}
inline int panels_of(int columns) { return (columns + kPanel - 1) / kPanel; }

inline float* floats(const Buffer& buffer) { return static_cast<float*>(buffer.data()); }
inline std::size_t float_bytes(std::size_t count) { return count * sizeof(float); }

// A register of 8 or 16 floats, and the same in memory at any float: a structure, since clang drops the
// alignment of an alias in a template. memcpy into the former goes through the stack in g++ 12, which also
// drops a vector_size that depends on a template parameter.
template <int kLanes>
struct Lanes;
template <>
struct Lanes<8> {
  using Vector = float __attribute__((vector_size(32)));
  struct [[gnu::packed, gnu::aligned(4), gnu::may_alias]] Unaligned {
    Vector value;
  };
};
template <>
struct Lanes<16> {
  using Vector = float __attribute__((vector_size(64)));
  struct [[gnu::packed, gnu::aligned(4), gnu::may_alias]] Unaligned {
    Vector value;
  };
};

// sum[i][:] = Σ_{run, u} a[run·run_step + u·a_step + i·a_row] · b[(run·length + u)·kPanel + :]
struct TileInput {
  const float* a;
  int runs;
  std::ptrdiff_t run_step, a_step, a_row;
  const float* b;
  int length;
};

template <int kLanes, int kRows>
struct Tile {
  static constexpr int kVectors = kPanel / kLanes;
  using Vector = typename Lanes<kLanes>::Vector;
  Vector sum[kRows][kVectors] = {};

  [[gnu::always_inline]] void accumulate(const TileInput& in) {
    Vector local[kRows][kVectors];
    for (int i = 0; i < kRows; ++i)
      for (int j = 0; j < kVectors; ++j) local[i][j] = sum[i][j];
    const float *a = in.a, *b = in.b;
    for (int run = 0; run < in.runs; ++run, a += in.run_step) {
      const float* at = a;
      for (int u = 0; u < in.length; ++u, at += in.a_step, b += kPanel) {
        const auto* panel = reinterpret_cast<const typename Lanes<kLanes>::Unaligned*>(b);
        Vector columns[kVectors];
        for (int j = 0; j < kVectors; ++j) columns[j] = panel[j].value;
        for (int i = 0; i < kRows; ++i)
          for (int j = 0; j < kVectors; ++j) local[i][j] += at[i * in.a_row] * columns[j];
      }
    }
    for (int i = 0; i < kRows; ++i)
      for (int j = 0; j < kVectors; ++j) sum[i][j] = local[i][j];
  }
  [[gnu::always_inline]] void read_row(int i, float* to) const {
    std::memcpy(to, sum[i], kPanel * sizeof(float));
  }
};

// R rows of an image, `width` pixels of `channels` floats each, zero wherever the image has no
// pixel.
struct Window {
  int rows, taps;  // R, S
  int channels;
  int pixels;  // results a row of the window yields
  int stride, dilation;
  int width = (round_up(pixels, 2 * kTile) - 1) * stride + (taps - 1) * dilation + 1;

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

// One group as a convolution of its own.
inline Conv2dShape group_of(Conv2dShape shape) {
  shape.c = shape.group_c();
  shape.k = shape.group_k();
  shape.groups = 1;
  return shape;
}

// The filters of w (K, R, S, C), of one group, as (panels, R, S, C, 16), the last panel filled up with zeros.
inline std::size_t packed_filters_floats(const Conv2dShape& d) {
  return static_cast<std::size_t>(panels_of(d.k)) * d.taps() * kPanel;
}
inline void pack_filters(const Conv2dShape& d, const float* w, float* panels) {
  const std::ptrdiff_t taps = d.taps(), panel = taps * kPanel;
  for (int first = 0; first < d.k; first += kPanel, panels += panel, w += taps * kPanel) {
    const int filters = std::min(kPanel, d.k - first);
    if (filters < kPanel) std::fill_n(panels, panel, 0.0f);
    for (std::ptrdiff_t tap = 0; tap < taps; ++tap)
      for (int k = 0; k < filters; ++k) panels[tap * kPanel + k] = w[k * taps + tap];
  }
}

// The registers that the inner loops use; a processor without AVX-512 takes eight for sixteen.
enum class Registers { eight_wide, sixteen_wide };

// Writes `window.pixels` results of `columns` floats to `out`, one every `pitch` floats. `panels`:
// (panels, R, S, channels, 16).
void convolve_row(const Window& window, const float* data, const float* panels, const float* bias,
                  int columns, float* out, std::ptrdiff_t pitch,
                  Registers registers = Registers::sixteen_wide);

// sums[i·kPanel + :] += Σ_u data[i + u·step] · gradient[u·kPanel + :] for `taps` i, a multiple of
// kTile, and `count` u. A row's products are summed by themselves first: shorter chains of additions
// lose less.
void add_products(const float* data, std::ptrdiff_t step, const float* gradient, int count,
                  int taps, float* sums, Registers registers = Registers::sixteen_wide);

}  // namespace pellucid::cpu
