#include "explain/masks/segments.h"

#include <algorithm>

#include "nn/data/codec/image_file.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/npy.h"

namespace pellucid {

Segments segments_from_labels(std::span<const std::int64_t> values, int height, int width,
                              const std::string& name) {
  require(height >= 1 && width >= 1, name, ": an empty picture (found ", height, "×", width,
          "; expected at least 1×1)");
  require(values.size() == static_cast<std::size_t>(height) * static_cast<std::size_t>(width), name,
          ": labels do not fill the picture (found ", values.size(), "; expected ", height, "×",
          width, ")");
  std::vector<std::int64_t> distinct(values.begin(), values.end());
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  require(distinct.size() <= kMaxSegments, name, ": too many segments (found ", distinct.size(),
          "; expected at most ", kMaxSegments, ")");
  Segments segments{height, width, static_cast<int>(distinct.size()), {}};
  segments.labels.reserve(values.size());
  for (const std::int64_t value : values)
    segments.labels.push_back(static_cast<std::int32_t>(
        std::lower_bound(distinct.begin(), distinct.end(), value) - distinct.begin()));
  return segments;
}

Segments read_segments(const std::filesystem::path& path) {
  const std::string name = path.string();
  if (path.extension() == ".npy") {
    const NpyLabels labels = decode_npy_labels(read_file(path), name);
    require(labels.shape.size() == 2, name, ": not a label image (found ", labels.shape.size(),
            " axes; expected 2, height and width)");
    constexpr std::int64_t most = kMaxImageSide;
    require(labels.shape[0] <= most && labels.shape[1] <= most, name, ": too large (found ",
            labels.shape[0], "×", labels.shape[1], "; expected at most ", most, " a side)");
    return segments_from_labels(labels.values, static_cast<int>(labels.shape[0]),
                                static_cast<int>(labels.shape[1]), name);
  }
  const Image image = read_image(path);
  require(image.planes == 1, name, ": in colour (found ", image.planes,
          " planes; expected a grey picture, of labels)");
  const auto values = image.pixels.visit(
      [](const auto& labels) { return std::vector<std::int64_t>(labels.begin(), labels.end()); });
  return segments_from_labels(values, image.height, image.width, name);
}

}  // namespace pellucid
