// conv2d_tile_cpu.h: the inner loop of the cpu's wide convolutions: 6 places × up to 64 columns of results in
// registers, the places anywhere in memory. A result is one chain of fused multiply-adds in the order of its taps
// (r, s, c), from 0, as that of convolve_row (conv2d_rows_cpu.h); a part of the taps leaves the chain in `out`, where
// the next one takes it up. So neither the blocks, nor the registers, nor the places beside it change a bit of it.
#pragma once

#include <cstddef>

#include "kernels/conv2d/conv2d_rows_cpu.h"
#include "kernels/finish.h"

namespace pellucid::cpu {

inline constexpr int kMostPanels = 4;  // of a tile

struct ProductTile {
  // Where the inputs of the places lie: (runs, kTile), each the first of `length` taps side by side.
  const float* const* inputs;
  int length;
  int first_tap, last_tap;  // of all runs; last excluded
  const float* panels;      // (panels, taps, 16): tap 0 of the tile's first panel
  std::ptrdiff_t panel_floats;
  int places, columns;  // ≤ kTile, ≤ kMostPanels panels
  float* out;           // (places, columns), `pitch` floats from place to place
  std::ptrdiff_t pitch;
  const float*
      bias;  // of the columns, of whole panels: added at the end of the last part; null before that
  const float* addend;  // as out, or null; at the end
  bool relu;            // at the end
  bool clips = false;   // at the end, to these
  float least = 0, most = 0;
};

void multiply_tile(const ProductTile& tile, Registers registers = Registers::sixteen_wide);

}  // namespace pellucid::cpu
