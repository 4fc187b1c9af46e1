#include "nn/data/resize.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "runtime/error.h"

namespace pellucid {
namespace {

// An output index reads source[first] and source[second]: the second with the weight `fraction`, or
// both in 1/2048.
struct Tap {
  int first;
  int second;
  float fraction;
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
        std::clamp(index, 0, source - 1), std::clamp(index + 1, 0, source - 1), fraction,
        static_cast<int>(std::lrint((1.0f - fraction) * kWeightOne)),
        static_cast<int>(std::lrint(fraction * kWeightOne))};
  }
  return taps;
}

// The values of a picture of `planes` interleaved planes; rows are `stride` values apart.
template <class T>
struct View {
  const T* first;
  std::size_t stride;
  int width, height, planes;

  const T* row(int y) const { return first + static_cast<std::size_t>(y) * stride; }
};

template <class T>
View<T> view_of(const std::vector<T>& values, int width, int height, int planes) {
  return {values.data(), static_cast<std::size_t>(width) * static_cast<std::size_t>(planes), width,
          height, planes};
}

std::size_t count_of(int width, int height, int planes) {
  return static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
         static_cast<std::size_t>(planes);
}

// Rows of one byte, in OpenCV's whole numbers.
struct WholeRows {
  using Sum = int;  // in 1/2048 of a level
  static int blend(int first, int second, const Tap& tap) {
    return first * tap.weight_first + second * tap.weight_second;
  }
  static std::uint8_t finish(int first, int second, const Tap& tap) {
    // OpenCV's order of shifts: it fixes which bits are dropped.
    const int sum =
        ((tap.weight_first * (first >> 4)) >> 16) + ((tap.weight_second * (second >> 4)) >> 16);
    return static_cast<std::uint8_t>((sum + 2) >> 2);
  }
};

// Rows of two bytes.
struct DoubleRows {
  using Sum = double;
  static double blend(double first, double second, const Tap& tap) {
    return first * (1.0 - double{tap.fraction}) + second * double{tap.fraction};
  }
  static std::uint16_t finish(double first, double second, const Tap& tap) {
    return static_cast<std::uint16_t>(std::lrint(blend(first, second, tap)));
  }
};

template <class T>
std::vector<T> bilinear(const View<T>& source, int width, int height) {
  require(width >= 1 && height >= 1, "resize: the result must be at least 1 × 1, got ", width,
          " × ", height);
  using Rows = std::conditional_t<sizeof(T) == 1, WholeRows, DoubleRows>;
  const std::vector<Tap> columns = make_taps(source.width, width, Edge::kFullWeight);
  const std::vector<Tap> rows = make_taps(source.height, height, Edge::kKeepFraction);
  const int planes = source.planes;
  const auto blend_columns = [&](int y, std::vector<typename Rows::Sum>& out) {
    const T* line = source.row(y);
    std::size_t i = 0;
    for (const Tap& tap : columns)
      for (int p = 0; p < planes; ++p, ++i)
        out[i] = Rows::blend(line[tap.first * planes + p], line[tap.second * planes + p], tap);
  };

  std::vector<T> result(count_of(width, height, planes));
  T* out = result.data();
  std::vector<typename Rows::Sum> first(count_of(width, 1, planes)), second(first.size());
  for (const Tap& tap : rows) {
    blend_columns(tap.first, first);
    blend_columns(tap.second, second);
    for (std::size_t i = 0; i < first.size(); ++i) *out++ = Rows::finish(first[i], second[i], tap);
  }
  return result;
}

// Means of factor_y × factor_x pixels, rounded; what is left over at the right and the bottom is
// spread by ending the last blocks at the edge.
template <class T>
std::vector<T> shrunk(const View<T>& source, int width, int height) {
  const auto edge = [](int i, int count, int size) {
    return static_cast<int>(static_cast<long long>(i) * size / count);
  };
  std::vector<T> out;
  out.reserve(count_of(width, height, source.planes));
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int p = 0; p < source.planes; ++p) {
        const int y1 = edge(y + 1, height, source.height), x1 = edge(x + 1, width, source.width);
        std::uint64_t sum = 0, count = 0;
        for (int row = edge(y, height, source.height); row < y1; ++row)
          for (int column = edge(x, width, source.width); column < x1; ++column, ++count)
            sum += source.row(row)[column * source.planes + p];
        out.push_back(static_cast<T>((sum + count / 2) / count));
      }
  return out;
}

// Of a pixel of a shrunk side, the pixels that it covers: of `source` over `count`, each pixel of the source being
// `count` long and each of the result `source`.
struct Cover {
  int first = 0;                       // of the source
  std::vector<std::uint64_t> lengths;  // that each has in it; their sum is `source`
};

std::vector<Cover> covers_of(int source, int count) {
  std::vector<Cover> covers(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    Cover& cover = covers[static_cast<std::size_t>(i)];
    const std::int64_t begin = i * source, end = begin + source;
    cover.first = static_cast<int>(begin / count);
    for (std::int64_t pixel = cover.first; pixel * count < end; ++pixel)
      cover.lengths.push_back(static_cast<std::uint64_t>(std::min((pixel + 1) * count, end) -
                                                         std::max(pixel * count, begin)));
  }
  return covers;
}

// Exact means of the areas: of 2^28 pixels of 16 bits a sum has 44 bits.
template <class T>
std::vector<T> area_means(const View<T>& source, int width, int height) {
  const std::vector<Cover> columns = covers_of(source.width, width),
                           rows = covers_of(source.height, height);
  const int planes = source.planes;
  const std::uint64_t area =
      static_cast<std::uint64_t>(source.width) * static_cast<std::uint64_t>(source.height);
  std::vector<T> out;
  out.reserve(count_of(width, height, planes));
  std::vector<std::uint64_t> sums(count_of(width, 1, planes));
  for (const Cover& row : rows) {
    std::fill(sums.begin(), sums.end(), 0);
    for (std::size_t r = 0; r < row.lengths.size(); ++r) {
      const T* line = source.row(row.first + static_cast<int>(r));
      std::uint64_t* sum = sums.data();
      for (const Cover& column : columns)
        for (int p = 0; p < planes; ++p) {
          const T* value = line + column.first * planes + p;
          std::uint64_t part = 0;
          for (const std::uint64_t length : column.lengths) {
            part += length * *value;
            value += planes;
          }
          *sum++ += row.lengths[r] * part;
        }
    }
    for (const std::uint64_t sum : sums) out.push_back(static_cast<T>((sum + area / 2) / area));
  }
  return out;
}

// work(view of the values) gives those of a picture of width × height.
template <class Work>
Image resized(const Image& source, int width, int height, const Work& work) {
  return {width, height, source.planes, source.pixels.visit([&](const auto& values) {
            return Pixels(work(view_of(values, source.width, source.height, source.planes)),
                          source.pixels.white());
          })};
}

}  // namespace

GreyImage resize_bilinear(const GreyImage& source, const Box& box, int width, int height) {
  require(box.x0 >= 0 && box.y0 >= 0 && box.x0 < box.x1 && box.y0 < box.y1 &&
              box.x1 <= source.width && box.y1 <= source.height,
          "resize: the box of rows ", box.y0, "..", box.y1, ", columns ", box.x0, "..", box.x1,
          " does not lie in the picture of ", source.width, " × ", source.height);
  GreyImage result;
  result.pixels =
      bilinear<std::uint8_t>({source.row(box.y0) + box.x0, static_cast<std::size_t>(source.width),
                              box.width(), box.height(), 1},
                             width, height);
  result.width = width;
  result.height = height;
  return result;
}

GreyImage resize_bilinear(const GreyImage& source, int width, int height) {
  return resize_bilinear(source, {0, source.height, 0, source.width}, width, height);
}

Image resize_bilinear(const Image& source, int width, int height) {
  require(!source.pixels.empty(), "resize: an empty picture");
  return resized(source, width, height,
                 [&](const auto& view) { return bilinear(view, width, height); });
}

Image resize_by_area(const Image& source, int width, int height) {
  require(width >= 1 && height >= 1, "resize: the result must be at least 1 × 1, got ", width,
          " × ", height);
  require(!source.pixels.empty(), "resize: an empty picture");
  const int middle_width = std::min(source.width, width),
            middle_height = std::min(source.height, height);
  const bool shrinks = middle_width < source.width || middle_height < source.height;
  const Image middle =
      shrinks
          ? resized(source, middle_width, middle_height,
                    [&](const auto& view) { return area_means(view, middle_width, middle_height); })
          : source;
  const bool grows = middle_width < width || middle_height < height;
  return grows ? resize_bilinear(middle, width, height) : middle;
}

Image resize_by_means(const Image& source, int width, int height) {
  const int factor_y = std::max(source.height / std::max(height, 1), 1),
            factor_x = std::max(source.width / std::max(width, 1), 1);
  if (factor_y == 1 && factor_x == 1) return resize_bilinear(source, width, height);
  const int middle_width = source.width / factor_x, middle_height = source.height / factor_y;
  return resize_bilinear(
      resized(source, middle_width, middle_height,
              [&](const auto& view) { return shrunk(view, middle_width, middle_height); }),
      width, height);
}

}  // namespace pellucid
