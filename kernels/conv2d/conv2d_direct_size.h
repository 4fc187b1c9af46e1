// conv2d_direct_size.h: the shared memory of the direct kernel, which decides whether it takes a
// shape. Host arithmetic, the same for both builds of the kernel.
#pragma once

#include "kernels/conv2d/conv2d.h"

namespace pellucid {

struct Conv2dDirectTile {
  static constexpr int kRows = 8, kColumns = 64;  // outputs of a block
  static constexpr int kFilters = 16;
  static constexpr int kMaxChannels = 4;
  static constexpr long long kMaxSharedBytes = 48 * 1024;  // what every GPU gives without asking
};

struct Conv2dDirectSize {
  long long rows, columns;  // of the input tile with its halo
  long long pitch;          // floats between its rows in shared memory
  long long shared_bytes;   // halo tile (C, rows, pitch) and weights (R·S·C, 16)
};

// A warp covers 16 neighbouring pixels of two rows. With a pitch of 16 modulo 32 their 32 addresses
// lie in different banks (for stride 1).
inline Conv2dDirectSize conv2d_direct_size(const Conv2dShape& d) {
  using Tile = Conv2dDirectTile;
  const long long rows = (Tile::kRows - 1LL) * d.stride_h + (d.r - 1LL) * d.dilation_h + 1;
  const long long columns = (Tile::kColumns - 1LL) * d.stride_w + (d.s - 1LL) * d.dilation_w + 1;
  const long long pitch = (columns + 15) / 32 * 32 + 16;
  return {rows, columns, pitch, 4 * (d.c * rows * pitch + 1LL * Tile::kFilters * d.taps())};
}

inline bool conv2d_fits_direct(const Conv2dFpropArgs& a) {
  if (a.shape.groups != 1 || a.shape.c > Conv2dDirectTile::kMaxChannels) return false;
  // Each extent by itself first: the product of three could overflow.
  const Conv2dDirectSize size = conv2d_direct_size(a.shape);
  const long long limit = Conv2dDirectTile::kMaxSharedBytes;
  return size.rows < limit && size.pitch < limit && size.shared_bytes <= limit;
}

}  // namespace pellucid
