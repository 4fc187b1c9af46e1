// sheet.h: many samples in one picture, to look at what the network sees.
#pragma once

#include <cstddef>
#include <span>

#include "nn/data/dataset.h"
#include "nn/data/image.h"

namespace pellucid {

inline constexpr int kSheetGap = 2;  // pixels around each sample, white

// A row a class, in each its first `per_class` (≥ 1) samples; cells without a sample stay white.
// samples: of height × width pixels, labels below `classes`. Throws Error on a size below 1 or a
// sheet of more than 16384 pixels a side.
GreyImage contact_sheet(std::span<const Sample> samples, int height, int width, int classes,
                        int per_class);

}  // namespace pellucid
