#include "nn/data/resize.h"

#include <algorithm>
#include <cmath>

#include "runtime/error.h"

namespace pellucid {
namespace {

// An output index reads source[first] and source[second], in 1/2048.
struct Tap {
  int first;
  int second;
  int weight_first;
  int weight_second;
};

constexpr int kWeightOne = 2048;

// Columns that fall off an edge take the edge pixel with weight 1; rows keep the fraction and read
// the edge row twice. The two differ in the last bit, so both are needed.
enum class Edge { kFullWeight, kKeepFraction };

std::vector<Tap> make_taps(int source, int target, Edge edge) {
  // OpenCV's scale is the inverse of the rounded inverse.
  const double scale = 1.0 / (static_cast<double>(target) / source);
  std::vector<Tap> taps(static_cast<std::size_t>(target));
  for (int d = 0; d < target; ++d) {
    const float position = static_cast<float>((d + 0.5) * scale - 0.5);
    int index = static_cast<int>(std::floor(position));
    float fraction = position - static_cast<float>(index);
    if (edge == Edge::kFullWeight && (index < 0 || index >= source - 1)) {
      index = index < 0 ? 0 : source - 1;
      fraction = 0;
    }
    taps[static_cast<std::size_t>(d)] = {
        std::clamp(index, 0, source - 1), std::clamp(index + 1, 0, source - 1),
        static_cast<int>(std::lrint((1.0f - fraction) * kWeightOne)),
        static_cast<int>(std::lrint(fraction * kWeightOne))};
  }
  return taps;
}

// Means of factor_y × factor_x pixels, rounded; what is left over at the right and the bottom is
// spread by ending the last blocks at the edge.
GreyImage shrunk(const GreyImage& image, int factor_y, int factor_x) {
  if (factor_y == 1 && factor_x == 1) return image;
  GreyImage out(image.width / factor_x, image.height / factor_y);
  const auto edge = [](int i, int count, int size) {
    return static_cast<int>(static_cast<long long>(i) * size / count);
  };
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x) {
      const int y1 = edge(y + 1, out.height, image.height),
                x1 = edge(x + 1, out.width, image.width);
      unsigned sum = 0, count = 0;
      for (int row = edge(y, out.height, image.height); row < y1; ++row)
        for (int column = edge(x, out.width, image.width); column < x1; ++column, ++count)
          sum += image.at(row, column);
      out.at(y, x) = static_cast<std::uint8_t>((sum + count / 2) / count);
    }
  return out;
}

}  // namespace

GreyImage resize_bilinear(const GreyImage& source, const Box& box, int width, int height) {
  require(width >= 1 && height >= 1, "resize: the result must be at least 1 × 1, got ", width,
          " × ", height);
  require(box.x0 >= 0 && box.y0 >= 0 && box.x0 < box.x1 && box.y0 < box.y1 &&
              box.x1 <= source.width && box.y1 <= source.height,
          "resize: the box of rows ", box.y0, "..", box.y1, ", columns ", box.x0, "..", box.x1,
          " does not lie in the picture of ", source.width, " × ", source.height);

  const std::vector<Tap> columns = make_taps(box.width(), width, Edge::kFullWeight);
  const std::vector<Tap> rows = make_taps(box.height(), height, Edge::kKeepFraction);
  const auto blend_columns = [&](int y, std::vector<int>& out) {
    const std::uint8_t* line = source.row(box.y0 + y) + box.x0;
    for (std::size_t x = 0; x < columns.size(); ++x)
      out[x] = line[columns[x].first] * columns[x].weight_first +
               line[columns[x].second] * columns[x].weight_second;
  };

  GreyImage result(width, height);
  std::vector<int> first(columns.size()), second(columns.size());  // in 1/2048 of a level
  for (int y = 0; y < height; ++y) {
    const Tap& tap = rows[static_cast<std::size_t>(y)];
    blend_columns(tap.first, first);
    blend_columns(tap.second, second);
    std::uint8_t* out = result.row(y);
    for (std::size_t x = 0; x < columns.size(); ++x) {
      // OpenCV's order of shifts: it fixes which bits are dropped.
      const int sum = ((tap.weight_first * (first[x] >> 4)) >> 16) +
                      ((tap.weight_second * (second[x] >> 4)) >> 16);
      out[x] = static_cast<std::uint8_t>((sum + 2) >> 2);
    }
  }
  return result;
}

GreyImage resize_bilinear(const GreyImage& source, int width, int height) {
  return resize_bilinear(source, {0, source.height, 0, source.width}, width, height);
}

GreyImage resize_by_means(const GreyImage& source, int width, int height) {
  return resize_bilinear(shrunk(source, std::max(source.height / std::max(height, 1), 1),
                                std::max(source.width / std::max(width, 1), 1)),
                         width, height);
}

}  // namespace pellucid
