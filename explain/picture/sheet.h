// sheet.h: many samples in one picture, to look at what the network sees.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "nn/data/dataset.h"

namespace pellucid {

struct Sheet {
  int width = 0, height = 0, planes = 1;
  std::vector<std::uint8_t> pixels;  // (height, width, planes)
};

inline constexpr int kSheetGap = 2;  // pixels around each sample, white

// A row a class, in each its first `per_class` (≥ 1) samples; cells without a sample stay white.
// samples: of height × width × planes pixels, labels below `classes`. Throws Error on a size below 1 or a
// sheet of more than 16384 pixels a side.
Sheet contact_sheet(std::span<const Sample> samples, int height, int width, int planes, int classes,
                    int per_class);

}  // namespace pellucid
