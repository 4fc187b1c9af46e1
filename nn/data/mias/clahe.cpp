#include "nn/data/mias/clahe.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "runtime/error.h"

namespace pellucid {
namespace {

using Table = std::array<std::uint8_t, 256>;

// Cuts the bins at `limit` and spreads what was cut: evenly, the rest one each at even steps.
void clip_histogram(std::array<int, 256>& histogram, int limit) {
  int excess = 0;
  for (int& bin : histogram) {
    excess += std::max(bin - limit, 0);
    bin = std::min(bin, limit);
  }
  for (int& bin : histogram) bin += excess / 256;
  int rest = excess % 256;
  const int step = rest > 0 ? std::max(256 / rest, 1) : 1;
  for (int bin = 0; bin < 256 && rest > 0; bin += step, --rest)
    ++histogram[static_cast<std::size_t>(bin)];
}

Table tile_table(const GreyImage& image, const Box& tile, int limit) {
  std::array<int, 256> histogram{};
  for (int y = tile.y0; y < tile.y1; ++y)
    for (int x = tile.x0; x < tile.x1; ++x) ++histogram[image.at(y, x)];
  clip_histogram(histogram, limit);

  const float scale = 255.0f / static_cast<float>(tile.width() * tile.height());
  Table table{};
  int sum = 0;
  for (std::size_t level = 0; level < 256; ++level) {
    sum += histogram[level];
    const long value = std::lrint(static_cast<float>(sum) * scale);
    table[level] = static_cast<std::uint8_t>(std::min(value, 255L));
  }
  return table;
}

// Where a coordinate lies between the centres of two tiles.
struct Between {
  std::size_t first;
  std::size_t second;
  float to_first;  // weights
  float to_second;
};

std::vector<Between> tile_weights(int side, int tiles) {
  const float per_pixel = 1.0f / static_cast<float>(side / tiles);
  std::vector<Between> result(static_cast<std::size_t>(side));
  for (int i = 0; i < side; ++i) {
    const float position = static_cast<float>(i) * per_pixel - 0.5f;
    const int tile = static_cast<int>(std::floor(position));
    const float fraction = position - static_cast<float>(tile);
    result[static_cast<std::size_t>(i)] = {static_cast<std::size_t>(std::max(tile, 0)),
                                           static_cast<std::size_t>(std::min(tile + 1, tiles - 1)),
                                           1.0f - fraction, fraction};
  }
  return result;
}

}  // namespace

GreyImage equalise_adaptive(const GreyImage& image, double clip_limit, int tiles) {
  require(tiles >= 1 && !image.empty() && image.width % tiles == 0 && image.height % tiles == 0,
          "CLAHE: a picture of ", image.width, " × ", image.height, " does not divide into ", tiles,
          " × ", tiles, " tiles");
  require(clip_limit > 0, "CLAHE: the clip limit must be above 0, got ", clip_limit);
  const int tile_width = image.width / tiles, tile_height = image.height / tiles;
  const int limit = std::max(1, static_cast<int>(clip_limit * (tile_width * tile_height) / 256));

  std::vector<Table> tables;  // (tiles, tiles)
  for (int ty = 0; ty < tiles; ++ty)
    for (int tx = 0; tx < tiles; ++tx)
      tables.push_back(tile_table(
          image, {ty * tile_height, (ty + 1) * tile_height, tx * tile_width, (tx + 1) * tile_width},
          limit));

  const std::vector<Between> columns = tile_weights(image.width, tiles);
  const std::vector<Between> rows = tile_weights(image.height, tiles);
  GreyImage result(image.width, image.height);
  for (int y = 0; y < image.height; ++y) {
    const Between& row = rows[static_cast<std::size_t>(y)];
    const Table* above = &tables[row.first * static_cast<std::size_t>(tiles)];
    const Table* below = &tables[row.second * static_cast<std::size_t>(tiles)];
    for (int x = 0; x < image.width; ++x) {
      const Between& column = columns[static_cast<std::size_t>(x)];
      const std::size_t level = image.at(y, x);
      const float upper = static_cast<float>(above[column.first][level]) * column.to_first +
                          static_cast<float>(above[column.second][level]) * column.to_second;
      const float lower = static_cast<float>(below[column.first][level]) * column.to_first +
                          static_cast<float>(below[column.second][level]) * column.to_second;
      const long value = std::lrint(upper * row.to_first + lower * row.to_second);
      result.at(y, x) = static_cast<std::uint8_t>(std::clamp(value, 0L, 255L));
    }
  }
  return result;
}

}  // namespace pellucid
