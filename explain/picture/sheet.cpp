#include "explain/picture/sheet.h"

#include <algorithm>
#include <vector>

#include "nn/data/codec/image_file.h"
#include "runtime/error.h"

namespace pellucid {

Sheet contact_sheet(std::span<const Sample> samples, int height, int width, int planes, int classes,
                    int per_class) {
  require(height >= 1 && width >= 1 && classes >= 1 && per_class >= 1,
          "sheet: sides, classes and samples per class must be at least 1, got ", height, " × ",
          width, ", ", classes, ", ", per_class);
  const long long sheet_width = kSheetGap + per_class * (0LL + width + kSheetGap);
  const long long sheet_height = kSheetGap + classes * (0LL + height + kSheetGap);
  require(sheet_width <= kMaxImageSide && sheet_height <= kMaxImageSide, "sheet: ", per_class,
          " samples of ", classes, " classes give ", sheet_width, " × ", sheet_height,
          " pixels; at most ", kMaxImageSide, " a side");

  Sheet sheet{static_cast<int>(sheet_width), static_cast<int>(sheet_height), planes, {}};
  sheet.pixels.assign(static_cast<std::size_t>(sheet_width * sheet_height * planes), 255);
  std::vector<int> used(static_cast<std::size_t>(classes));
  for (const Sample& sample : samples) {
    int& column = used.at(static_cast<std::size_t>(sample.label));
    if (column == per_class) continue;
    const int x = kSheetGap + column++ * (width + kSheetGap);
    const int y = kSheetGap + sample.label * (height + kSheetGap);
    const Pixels::Bytes shown = eight_bit(sample.pixels);
    for (int row = 0; row < height; ++row)
      std::copy_n(shown.begin() + std::ptrdiff_t{row} * width * planes, width * planes,
                  sheet.pixels.begin() + (std::ptrdiff_t{y + row} * sheet.width + x) * planes);
  }
  return sheet;
}

}  // namespace pellucid
