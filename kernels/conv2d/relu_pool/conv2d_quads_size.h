// conv2d_quads_size.h: the shared memory of conv2d_relu_pool_v2_quads and v3_rows, which decides
// whether they take a shape. Host arithmetic, the same for both builds of the kernel.
#pragma once

#include <algorithm>

#include "kernels/conv2d/relu_pool/conv2d_relu_pool.h"

namespace pellucid {

struct Conv2dQuadsTile {
  static constexpr int kRows = 16, kColumns = 32;  // convolution outputs of a block
  static constexpr int kFilters = 16;
  static constexpr int kChannels = 4;                      // in shared memory at a time
  static constexpr long long kMaxSharedBytes = 48 * 1024;  // what every GPU gives without asking
};

struct Conv2dQuadsSize {
  long long rows, columns;  // of the input tile with its halo
  long long pitch;          // floats between its rows in shared memory, even
  long long shared_bytes;   // halo tile (channels, rows, pitch) and weights (R·S·channels, 16)
};

inline Conv2dQuadsSize conv2d_quads_size(const Conv2dShape& d) {
  using Tile = Conv2dQuadsTile;
  const long long rows = (Tile::kRows - 1LL) * d.stride_h + (d.r - 1LL) * d.dilation_h + 1;
  const long long columns = (Tile::kColumns - 1LL) * d.stride_w + (d.s - 1LL) * d.dilation_w + 1;
  const long long pitch = (columns + 1) / 2 * 2, channels = std::min(d.c, Tile::kChannels);
  return {rows, columns, pitch, 4 * channels * (rows * pitch + 1LL * Tile::kFilters * d.r * d.s)};
}

inline bool conv2d_fits_quads(const Conv2dReluPoolArgs& a) {
  // Each extent by itself first: the product of three could overflow.
  const Conv2dQuadsSize size = conv2d_quads_size(a.shape);
  const long long limit = Conv2dQuadsTile::kMaxSharedBytes;
  return (a.pool == 1 || a.pool == 2) && size.rows < limit && size.pitch < limit &&
         1LL * a.shape.r * a.shape.s < limit && size.shared_bytes <= limit;
}

// Of v3_rows.
inline bool conv2d_fits_quad_rows(const Conv2dReluPoolArgs& a) {
  const Conv2dShape& d = a.shape;
  return conv2d_fits_quads(a) && (d.s == 3 || d.s == 5) && d.stride_h == 1 && d.stride_w == 1 &&
         d.dilation_h == 1 && d.dilation_w == 1;
}

}  // namespace pellucid
