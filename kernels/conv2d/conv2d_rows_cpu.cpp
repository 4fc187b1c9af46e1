// The inner loops of the cpu's convolutions, for processors with and without AVX-512. A function for
// AVX-512 must not instantiate anything that other files share: the linker could take its code for
// all. What is inlined into it here is of this file alone.
#include "kernels/conv2d/conv2d_rows_cpu.h"

namespace pellucid::cpu {
namespace {

// Of kRows pixels from `pixel` on.
template <int kLanes, int kRows>
[[gnu::always_inline]] inline void convolve_tile(const Window& window, const float* first_tap,
                                                 const float* weights, const float* offsets,
                                                 int pixels, int width, std::ptrdiff_t pitch,
                                                 float* to) {
  const std::ptrdiff_t run_floats = std::ptrdiff_t{window.run_length()} * kPanel;
  const std::ptrdiff_t step = std::ptrdiff_t{window.stride} * window.channels;
  Tile<kLanes, kRows> tile;
  if (window.runs() == 1) {
    tile.accumulate(
        {first_tap, window.rows, window.row_floats(), 1, step, weights, window.run_length()});
  } else {
    for (int r = 0; r < window.rows; ++r, weights += window.runs() * run_floats)
      tile.accumulate({first_tap + r * window.row_floats(), window.runs(), window.run_step(), 1,
                       step, weights, window.run_length()});
  }
  float rows[kRows][kPanel];
  for (int i = 0; i < kRows; ++i) tile.read_row(i, rows[i]);
  for (int i = 0; i < kRows && i < pixels; ++i, to += pitch) {
    for (int j = 0; j < kPanel; ++j) rows[i][j] += offsets[j];
    if (width == kPanel) __builtin_memcpy(to, rows[i], sizeof(rows[i]));
    else
      for (int j = 0; j < width; ++j) to[j] = rows[i][j];
  }
}

// Tall tiles as long as more than a low one is left.
template <int kLanes, int kTallRows>
[[gnu::always_inline]] inline void convolve_row_with(const Window& window, const float* data,
                                                     const float* panels, const float* bias,
                                                     int columns, float* out,
                                                     std::ptrdiff_t pitch) {
  const std::ptrdiff_t step = std::ptrdiff_t{window.stride} * window.channels;
  for (int first = 0; first < columns; first += kPanel) {
    const int width = columns - first < kPanel ? columns - first : kPanel;
    float offsets[kPanel] = {};
    if (bias)
      for (int j = 0; j < width; ++j) offsets[j] = bias[first + j];
    int pixel = 0;
    if (kTallRows > kTile)
      for (; window.pixels - pixel > kTile; pixel += kTallRows)
        convolve_tile<kLanes, kTallRows>(window, data + pixel * step, panels, offsets,
                                         window.pixels - pixel, width, pitch,
                                         out + pixel * pitch + first);
    for (; pixel < window.pixels; pixel += kTile)
      convolve_tile<kLanes, kTile>(window, data + pixel * step, panels, offsets,
                                   window.pixels - pixel, width, pitch,
                                   out + pixel * pitch + first);
    panels += std::ptrdiff_t{window.rows} * window.runs() * window.run_length() * kPanel;
  }
}

template <int kLanes, int kRows>
[[gnu::always_inline]] inline void add_tile(const float* data, std::ptrdiff_t step,
                                            const float* gradient, int count, float* sums) {
  Tile<kLanes, kRows> tile;
  tile.accumulate({data, 1, 0, step, 1, gradient, count});
  for (int i = 0; i < kRows; ++i, sums += kPanel) {
    float row[kPanel];
    tile.read_row(i, row);
    for (int j = 0; j < kPanel; ++j) sums[j] += row[j];
  }
}

template <int kLanes, int kTallRows>
[[gnu::always_inline]] inline void add_products_with(const float* data, std::ptrdiff_t step,
                                                     const float* gradient, int count, int taps,
                                                     float* sums) {
  int tap = 0;
  if (kTallRows > kTile)
    for (; tap + kTallRows <= taps; tap += kTallRows)
      add_tile<kLanes, kTallRows>(data + tap, step, gradient, count, sums + tap * kPanel);
  for (; tap < taps; tap += kTile)
    add_tile<kLanes, kTile>(data + tap, step, gradient, count, sums + tap * kPanel);
}

#if defined(__x86_64__) && !defined(__clang__)
#define PELLUCID_AVX512 [[gnu::target("avx512f")]]

bool has_avx512() {
  static const bool has = __builtin_cpu_supports("avx512f");
  return has;
}

PELLUCID_AVX512 void convolve_row_avx512(const Window& window, const float* data,
                                         const float* panels, const float* bias, int columns,
                                         float* out, std::ptrdiff_t pitch) {
  convolve_row_with<16, 2 * kTile>(window, data, panels, bias, columns, out, pitch);
}
PELLUCID_AVX512 void add_products_avx512(const float* data, std::ptrdiff_t step,
                                         const float* gradient, int count, int taps, float* sums) {
  add_products_with<16, 2 * kTile>(data, step, gradient, count, taps, sums);
}
#endif

}  // namespace

void convolve_row(const Window& window, const float* data, const float* panels, const float* bias,
                  int columns, float* out, std::ptrdiff_t pitch,
                  [[maybe_unused]] Registers registers) {
#ifdef PELLUCID_AVX512
  if (registers == Registers::sixteen_wide && has_avx512())
    return convolve_row_avx512(window, data, panels, bias, columns, out, pitch);
#endif
  convolve_row_with<8, kTile>(window, data, panels, bias, columns, out, pitch);
}

void add_products(const float* data, std::ptrdiff_t step, const float* gradient, int count,
                  int taps, float* sums, [[maybe_unused]] Registers registers) {
#ifdef PELLUCID_AVX512
  if (registers == Registers::sixteen_wide && has_avx512())
    return add_products_avx512(data, step, gradient, count, taps, sums);
#endif
  add_products_with<8, kTile>(data, step, gradient, count, taps, sums);
}

}  // namespace pellucid::cpu
