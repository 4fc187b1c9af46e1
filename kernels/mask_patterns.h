// mask_patterns.h: what the masks of an image look like from a place in a feature map.
//
// An output of a network's first layers depends on the superpixels in its receptive field and on no
// others. Seen from there, N masks are few: with 3 superpixels in view there are at most 8 different
// patterns of on and off, whatever N is. A layer's outputs are computed once a pattern, and stored as
// rows; this says which row a mask shows at a place. kernels/mask/pattern_plan.h finds the patterns.
#pragma once

#include <cstdint>

namespace pellucid {

// One place (h, w) of a feature map. Places that see the same superpixels share their patterns.
struct PatternPlace {
  std::int32_t first = 0;        // row of its pattern 0
  std::int32_t patterns_at = 0;  // its patterns begin there in pattern_of_mask
};

// What a row is: the place's output under any mask of the pattern, of which `mask` is the first.
struct PatternRow {
  std::int32_t place = 0, mask = 0;
};

// Of a feature map of H × W places under N masks. Device memory.
struct MaskPatterns {
  const PatternPlace* places = nullptr;           // (H, W)
  const std::int32_t* pattern_of_mask = nullptr;  // (different views, N)

  constexpr std::int32_t row(std::int64_t place, std::int64_t mask) const {
    return places[place].first + pattern_of_mask[places[place].patterns_at + mask];
  }
};

}  // namespace pellucid
