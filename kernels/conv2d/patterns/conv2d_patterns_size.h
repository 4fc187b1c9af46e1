// conv2d_patterns_size.h: the shared memory of conv2d_patterns_v2_fields, which decides whether it
// takes a shape. Host arithmetic, the same for both builds of the kernel.
#pragma once

#include <algorithm>

#include "kernels/conv2d/patterns/conv2d_patterns.h"

namespace pellucid {

struct Conv2dPatternsTile {
  static constexpr int kRows = 32;     // of a block: a warp's lanes
  static constexpr int kPitch = 33;    // floats from an input of the rows to the next
  static constexpr int kFilters = 16;  // of a block: four a warp
  static constexpr int kChannels = 4;  // in shared memory at a time
  static constexpr long long kMaxSharedBytes = 48 * 1024;  // what every GPU gives without asking
};

// Fields (channels, field, pitch) and weights (R·S·channels, 16).
inline long long conv2d_patterns_shared_bytes(const Conv2dPatternsArgs& a) {
  using Tile = Conv2dPatternsTile;
  return 4LL * std::min(a.shape.c, Tile::kChannels) *
         (1LL * a.field_h() * a.field_w() * Tile::kPitch +
          1LL * Tile::kFilters * a.shape.r * a.shape.s);
}

inline bool conv2d_patterns_fit_fields(const Conv2dPatternsArgs& a) {
  // Each extent by itself first: the product of two could overflow.
  const long long limit = Conv2dPatternsTile::kMaxSharedBytes;
  return (a.pool == 1 || a.pool == 2) && a.field_h() < limit && a.field_w() < limit &&
         conv2d_patterns_shared_bytes(a) <= limit;
}

}  // namespace pellucid
