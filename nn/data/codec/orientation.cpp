#include "nn/data/codec/orientation.h"

#include <cstdint>
#include <type_traits>

#include "runtime/error.h"

namespace pellucid {
namespace {

// Numbers of either byte order; what lies behind the end is 0.
class ExifBytes {
 public:
  explicit ExifBytes(std::span<const std::byte> bytes)
      : bytes_(bytes), big_(!bytes.empty() && bytes[0] == std::byte{'M'}) {}

  std::uint32_t number(std::size_t at, std::size_t size) const {
    if (at > bytes_.size() || size > bytes_.size() - at) return 0;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
      value =
          value << 8 | std::to_integer<std::uint32_t>(bytes_[big_ ? at + i : at + size - 1 - i]);
    return value;
  }

 private:
  std::span<const std::byte> bytes_;
  bool big_;
};

// Source row and column are counted from the other end, and rows are columns.
struct Turn {
  bool from_bottom, from_right, across;
};

Turn turn_of(int orientation) {
  return {
      .from_bottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7,
      .from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8,
      .across = orientation >= 5};
}

template <class Values>
Values turned(const Values& values, std::size_t width, std::size_t height, std::size_t planes,
              const Turn& turn) {
  Values out;
  out.reserve(values.size());
  const std::size_t rows = turn.across ? width : height, columns = turn.across ? height : width;
  for (std::size_t y = 0; y < rows; ++y)
    for (std::size_t x = 0; x < columns; ++x) {
      const std::size_t down = turn.across ? x : y, right = turn.across ? y : x;
      const std::size_t row = turn.from_bottom ? height - 1 - down : down,
                        column = turn.from_right ? width - 1 - right : right;
      const auto* pixel = values.data() + (row * width + column) * planes;
      out.insert(out.end(), pixel, pixel + planes);
    }
  return out;
}

}  // namespace

int exif_orientation(std::span<const std::byte> exif) {
  constexpr std::uint32_t kOrientation = 0x0112, kShort = 3;
  const ExifBytes bytes(exif);
  if (bytes.number(2, 2) != 42) return 1;
  const std::size_t directory = bytes.number(4, 4);
  const std::uint32_t entries = bytes.number(directory, 2);
  for (std::uint32_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + std::size_t{12} * i;
    if (bytes.number(entry, 2) == kOrientation && bytes.number(entry + 2, 2) == kShort)
      return static_cast<int>(bytes.number(entry + 8, 2));
  }
  return 1;
}

Image upright(Image image, int orientation, ImageNotes& notes) {
  if (orientation == 1) return image;
  const bool known = orientation >= 2 && orientation <= 8;
  notes.push_back(concat("EXIF orientation ", orientation, known ? " applied" : " ignored"));
  if (!known) return image;
  const Turn turn = turn_of(orientation);
  const auto width = static_cast<std::size_t>(image.width),
             height = static_cast<std::size_t>(image.height),
             planes = static_cast<std::size_t>(image.planes);
  Pixels pixels = image.pixels.visit([&](const auto& values) {
    return Pixels(turned(values, width, height, planes, turn), image.pixels.white());
  });
  return {turn.across ? image.height : image.width, turn.across ? image.width : image.height,
          image.planes, std::move(pixels)};
}

}  // namespace pellucid
