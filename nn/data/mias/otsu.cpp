#include "nn/data/mias/otsu.h"

#include <algorithm>
#include <array>

namespace pellucid {

int otsu_threshold(const GreyImage& image) {
  std::array<std::int64_t, 256> histogram{};
  for (const std::uint8_t level : image.pixels) ++histogram[level];
  std::int64_t levels_all = 0;
  for (int level = 0; level < 256; ++level)
    levels_all += level * histogram[static_cast<std::size_t>(level)];
  const auto count_all = static_cast<std::int64_t>(image.pixels.size());

  std::int64_t count_low = 0, levels_low = 0;
  int best = 0;
  double best_score = 0;
  for (int level = 0; level < 255; ++level) {
    count_low += histogram[static_cast<std::size_t>(level)];
    levels_low += level * histogram[static_cast<std::size_t>(level)];
    const std::int64_t count_high = count_all - count_low;
    if (count_low == 0 || count_high == 0) continue;
    const double mean_low = static_cast<double>(levels_low) / static_cast<double>(count_low);
    const double mean_high =
        static_cast<double>(levels_all - levels_low) / static_cast<double>(count_high);
    const double distance = mean_low - mean_high;
    const double score =
        static_cast<double>(count_low) * static_cast<double>(count_high) * distance * distance;
    if (score > best_score) {
      best_score = score;
      best = level;
    }
  }
  return best;
}

GreyImage binarise(const GreyImage& image, int threshold) {
  GreyImage result(image.width, image.height);
  std::transform(image.pixels.begin(), image.pixels.end(), result.pixels.begin(),
                 [threshold](std::uint8_t level) { return level > threshold ? 255 : 0; });
  return result;
}

}  // namespace pellucid
