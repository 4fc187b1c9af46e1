// clahe.h: contrast-limited adaptive histogram equalisation (Zuiderveld, Graphics Gems IV, 1994),
// bit for bit as OpenCV's on pictures that divide into its tiles.
#pragma once

#include "nn/data/image.h"

namespace pellucid {

// Each of tiles × tiles tiles gets a look-up table from its clipped histogram; a pixel blends the
// tables of its four nearest tile centres. A bin holds at most max(1, ⌊clip_limit · area / 256⌋),
// area the pixels of a tile; what is cut off is spread over all bins.
// Throws Error unless tiles ≥ 1 divides both sides, clip_limit > 0.
GreyImage equalise_adaptive(const GreyImage& image, double clip_limit = 2.0, int tiles = 8);

}  // namespace pellucid
