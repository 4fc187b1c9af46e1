// bmp_codec.cpp: Windows bitmaps of 8 bits (a palette) and 24 bits, not compressed (Microsoft's
// BITMAPINFOHEADER and its later versions 2 to 5).
#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include "nn/data/codec/image_codec.h"
#include "nn/data/codec/image_file.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

constexpr std::size_t kFileHeader = 14;
constexpr std::array<std::uint32_t, 5> kInfoHeaders{40, 52, 56, 108, 124};

// Little-endian numbers at places of the file.
class Bytes {
 public:
  Bytes(std::span<const std::byte> bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  std::uint32_t number(std::size_t at, std::size_t size) const {
    expect(at + size, "its header");
    std::uint32_t value = 0;
    for (std::size_t i = size; i-- > 0;)
      value = value << 8 | std::to_integer<std::uint32_t>(bytes_[at + i]);
    return value;
  }
  std::uint8_t operator[](std::size_t at) const {
    return std::to_integer<std::uint8_t>(bytes_[at]);
  }
  void expect(std::uint64_t end, const char* what) const {
    require(bytes_.size() >= end, name_, ": truncated (found ", bytes_.size(),
            " bytes; expected at least ", end, ", with ", what, ")");
  }

 private:
  std::span<const std::byte> bytes_;
  const std::string& name_;
};

// Throws unless 1 ≤ |side| ≤ kMaxImageSide.
int checked_side(const std::string& name, const char* what, std::int32_t side) {
  const std::int64_t length = std::abs(std::int64_t{side});
  require(length >= 1 && length <= kMaxImageSide, name, ": bad ", what, " (found ", side,
          "; expected 1 to ", kMaxImageSide, ")");
  return static_cast<int>(length);
}

struct Layout {
  int width, height;
  bool upwards;                          // the last row comes first
  std::uint32_t bits;                    // of a pixel
  std::size_t palette, colours, pixels;  // where they are, and how many entries
  std::size_t row;                       // bytes from row to row
};

Layout layout_of(const Bytes& bytes, const std::string& name) {
  const std::uint32_t header = bytes.number(kFileHeader, 4);
  require(std::find(kInfoHeaders.begin(), kInfoHeaders.end(), header) != kInfoHeaders.end(), name,
          ": not a Windows bitmap (found an information header of ", header,
          " bytes; expected 40, 52, 56, 108 or 124)");
  const auto width = static_cast<std::int32_t>(bytes.number(18, 4)),
             height = static_cast<std::int32_t>(bytes.number(22, 4));
  require(width > 0, name, ": bad width (found ", width, "; expected 1 to ", kMaxImageSide, ")");
  Layout l{.width = checked_side(name, "width", width),
           .height = checked_side(name, "height", height),
           .upwards = height > 0,
           .bits = bytes.number(28, 2),
           .palette = kFileHeader + header,
           .colours = bytes.number(46, 4),
           .pixels = bytes.number(10, 4),
           .row = 0};
  require(l.bits == 8 || l.bits == 24, name, ": wrong depth (found ", l.bits,
          " bits a pixel; expected 8 or 24)");
  const std::uint32_t compression = bytes.number(30, 4);
  require(compression == 0, name, ": compressed (found method ", compression,
          "; expected 0, none)");
  if (l.bits == 24) {
    l.colours = 0;
  } else {
    require(l.colours <= 256, name, ": bad palette (found ", l.colours,
            " colours; expected at most 256)");
    if (l.colours == 0) l.colours = 256;
    bytes.expect(l.palette + 4 * l.colours, "its palette");
  }
  l.row = (static_cast<std::size_t>(l.width) * l.bits / 8 + 3) / 4 * 4;
  const std::size_t begin = l.palette + 4 * l.colours;
  require(l.pixels >= begin, name, ": pixels inside the header (found offset ", l.pixels,
          "; expected at least ", begin, ")");
  bytes.expect(std::uint64_t{l.pixels} + l.row * static_cast<std::size_t>(l.height), "its pixels");
  return l;
}

// Red, green and blue of each entry.
std::vector<std::array<std::uint8_t, 3>> palette_of(const Bytes& bytes, const Layout& l) {
  std::vector<std::array<std::uint8_t, 3>> palette;
  for (std::size_t i = 0; i < l.colours; ++i) {
    const std::size_t at = l.palette + 4 * i;
    palette.push_back({bytes[at + 2], bytes[at + 1], bytes[at]});
  }
  return palette;
}

bool is_grey(const std::array<std::uint8_t, 3>& c) { return c[0] == c[1] && c[1] == c[2]; }

Image decode_bmp(std::span<const std::byte> file, const std::string& name, const DecodeOptions&,
                 ImageNotes&) {
  const Bytes bytes(file, name);
  const Layout l = layout_of(bytes, name);
  const auto palette = palette_of(bytes, l);
  const bool grey = l.bits == 8 && std::all_of(palette.begin(), palette.end(), is_grey);
  const std::size_t planes = grey ? 1 : 3;
  std::vector<std::uint8_t> pixels;
  pixels.reserve(static_cast<std::size_t>(l.width) * static_cast<std::size_t>(l.height) * planes);
  for (int y = 0; y < l.height; ++y) {
    const int line = l.upwards ? l.height - 1 - y : y;
    const std::size_t row = l.pixels + l.row * static_cast<std::size_t>(line);
    for (int x = 0; x < l.width; ++x) {
      const auto column = static_cast<std::size_t>(x);
      const std::size_t entry = l.bits == 8 ? bytes[row + column] : 0;
      require(l.bits != 8 || entry < palette.size(), name, ": bad pixel (found colour ", entry,
              "; expected one of ", palette.size(), ")");
      for (std::size_t c = 0; c < planes; ++c)
        pixels.push_back(l.bits == 8 ? palette[entry][c] : bytes[row + 3 * column + 2 - c]);
    }
  }
  return {l.width, l.height, static_cast<int>(planes), std::move(pixels)};
}

bool is_bmp(std::string_view text) { return text.starts_with("BM"); }

}  // namespace

extern const ImageCodec bmp_codec;
const ImageCodec bmp_codec{
    .name = "BMP", .extensions = {".bmp"}, .recognises = is_bmp, .decode = decode_bmp};

}  // namespace pellucid
