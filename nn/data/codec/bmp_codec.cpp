// bmp_codec.cpp: Windows bitmaps of 1, 4 and 8 bits (a palette), 16, 24 and 32 bits, not compressed
// (OS/2's BITMAPCOREHEADER, Microsoft's BITMAPINFOHEADER and its later versions).
#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <string_view>

#include "nn/data/codec/blend.h"
#include "nn/data/codec/image_codec.h"
#include "nn/data/codec/image_file.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

constexpr std::size_t kFileHeader = 14;
constexpr std::array<std::uint32_t, 7> kInfoHeaders{12, 40, 52, 56, 64, 108, 124};

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

// The bits of a pixel that are one of its values.
struct Mask {
  std::uint32_t bits = 0;

  std::uint32_t most() const { return bits == 0 ? 0 : bits >> std::countr_zero(bits); }
  // Its white becomes 255.
  std::uint8_t value(std::uint32_t pixel) const {
    const std::uint32_t v = (pixel & bits) >> std::countr_zero(bits);
    return static_cast<std::uint8_t>((v * kWhite8 + most() / 2) / most());
  }
};

struct Layout {
  int width = 0, height = 0;
  bool upwards = false;    // the last row comes first
  std::uint32_t bits = 0;  // of a pixel
  std::size_t palette = 0, colours = 0,
              entry = 4;        // where it is, how many entries of how many bytes
  std::size_t pixels = 0;       // where they are
  std::size_t row = 0;          // bytes from row to row
  std::array<Mask, 4> masks{};  // of red, green, blue and opacity, which may be 0
  bool profile = false;
};

constexpr std::uint32_t kOs2Header = 12;

// Width, height, depth and number of colours. Throws Error for those that there are not.
Layout sizes_of(const Bytes& bytes, const std::string& name, std::uint32_t header) {
  const bool os2 = header == kOs2Header;
  const auto width = static_cast<std::int32_t>(bytes.number(18, os2 ? 2 : 4)),
             height = static_cast<std::int32_t>(os2 ? bytes.number(20, 2) : bytes.number(22, 4));
  require(width > 0, name, ": bad width (found ", width, "; expected 1 to ", kMaxImageSide, ")");
  Layout l{.width = checked_side(name, "width", width),
           .height = checked_side(name, "height", height),
           .upwards = height > 0,
           .bits = bytes.number(os2 ? 24 : 28, 2)};
  constexpr std::array<std::uint32_t, 6> depths{1, 4, 8, 16, 24, 32};
  require(std::find(depths.begin(), depths.end(), l.bits) != depths.end(), name,
          ": wrong depth (found ", l.bits, " bits a pixel; expected 1, 4, 8, 16, 24 or 32)");
  if (l.bits > 8) return l;
  if (!os2) l.colours = bytes.number(46, 4);
  const std::size_t most = std::size_t{1} << l.bits;
  require(l.colours <= most, name, ": bad palette (found ", l.colours,
          " colours; expected at most ", most, ")");
  if (l.colours == 0) l.colours = most;
  return l;
}

const char* compression_name(std::uint32_t method) {
  constexpr std::array<const char*, 6> names{"none", "RLE8", "RLE4", "bit fields", "JPEG", "PNG"};
  return method < names.size() ? names[method] : "an unknown method";
}

// Sets the masks of 16, 24 and 32 bits. Returns the bytes that those in the file take behind a header
// of 40 bytes.
std::size_t read_masks(const Bytes& bytes, const std::string& name, std::uint32_t header,
                       Layout& l) {
  constexpr std::uint32_t kNone = 0, kFields = 3, kFieldsWithAlpha = 6;
  const std::uint32_t method = header == kOs2Header ? kNone : bytes.number(30, 4);
  const bool fields = (method == kFields || method == kFieldsWithAlpha) && l.bits >= 16;
  require(method == kNone || fields, name, ": compressed (found ", compression_name(method),
          "; expected none)");
  if (!fields) {
    if (l.bits == 16) l.masks = {{{0x7C00}, {0x3E0}, {0x1F}, {0}}};
    else l.masks = {{{0xFF0000}, {0xFF00}, {0xFF}, {0}}};
    return 0;
  }
  const bool alpha = method == kFieldsWithAlpha || header >= 56;
  for (std::size_t i = 0; i < (alpha ? 4U : 3U); ++i) {
    l.masks[i].bits = bytes.number(54 + 4 * i, 4);
    const std::uint32_t most = l.masks[i].most();
    require((most & (most + 1)) == 0 && most <= kWhite8 && (most > 0 || i == 3), name,
            ": bad bit fields (found the mask ", l.masks[i].bits,
            "; expected 1 to 8 bits in a row for each colour)");
  }
  return header > 40 ? 0 : alpha ? 16 : 12;
}

Layout layout_of(const Bytes& bytes, const std::string& name) {
  const std::uint32_t header = bytes.number(kFileHeader, 4);
  require(std::find(kInfoHeaders.begin(), kInfoHeaders.end(), header) != kInfoHeaders.end(), name,
          ": not a Windows bitmap (found an information header of ", header,
          " bytes; expected 12, 40, 52, 56, 64, 108 or 124)");
  Layout l = sizes_of(bytes, name, header);
  l.palette = kFileHeader + header + read_masks(bytes, name, header, l);
  l.entry = header == kOs2Header ? 3 : 4;
  const std::size_t begin = l.palette + l.entry * l.colours;
  bytes.expect(begin, "its palette");
  l.pixels = bytes.number(10, 4);
  l.row = (static_cast<std::size_t>(l.width) * l.bits + 31) / 32 * 4;
  require(l.pixels >= begin, name, ": pixels inside the header (found offset ", l.pixels,
          "; expected at least ", begin, ")");
  bytes.expect(std::uint64_t{l.pixels} + l.row * static_cast<std::size_t>(l.height), "its pixels");
  if (header == 124) {
    constexpr std::uint32_t kEmbedded = 0x4D424544, kLinked = 0x4C494E4B;  // "MBED", "LINK"
    const std::uint32_t space = bytes.number(70, 4);
    l.profile = space == kEmbedded || space == kLinked;
  }
  return l;
}

// Where the row y from the top begins.
std::size_t row_of(const Layout& l, int y) {
  return l.pixels + l.row * static_cast<std::size_t>(l.upwards ? l.height - 1 - y : y);
}

// The pixels of 1, 4 and 8 bits are places in the palette; one of greys alone gives one plane.
Image decode_places(const Bytes& bytes, const std::string& name, const Layout& l) {
  std::vector<std::array<std::uint8_t, 3>> palette;  // red, green and blue of each entry
  bool grey = true;
  for (std::size_t i = 0; i < l.colours; ++i) {
    const std::size_t at = l.palette + l.entry * i;
    const auto& c =
        palette.emplace_back(std::array<std::uint8_t, 3>{bytes[at + 2], bytes[at + 1], bytes[at]});
    grey = grey && c[0] == c[1] && c[1] == c[2];
  }
  const std::size_t planes = grey ? 1 : 3;
  std::vector<std::uint8_t> pixels;
  pixels.reserve(static_cast<std::size_t>(l.width) * static_cast<std::size_t>(l.height) * planes);
  for (int y = 0; y < l.height; ++y)
    for (std::uint32_t x = 0; x < static_cast<std::uint32_t>(l.width); ++x) {
      const std::uint32_t bit = x * l.bits;
      const std::uint32_t place =
          bytes[row_of(l, y) + bit / 8] >> (8 - l.bits - bit % 8) & ((1U << l.bits) - 1);
      require(place < palette.size(), name, ": bad pixel (found colour ", place,
              "; expected one of ", palette.size(), ")");
      pixels.insert(pixels.end(), palette[place].begin(),
                    palette[place].begin() + static_cast<std::ptrdiff_t>(planes));
    }
  return {l.width, l.height, static_cast<int>(planes), std::move(pixels)};
}

// The pixels of 16, 24 and 32 bits hold their values.
Image decode_values(const Bytes& bytes, const Layout& l, ImageNotes& notes) {
  const std::size_t values = l.masks[3].bits != 0 ? 4 : 3, size = l.bits / 8;
  std::vector<std::uint8_t> pixels;
  pixels.reserve(static_cast<std::size_t>(l.width) * static_cast<std::size_t>(l.height) * values);
  for (int y = 0; y < l.height; ++y)
    for (std::size_t x = 0; x < static_cast<std::size_t>(l.width); ++x) {
      const std::uint32_t pixel = bytes.number(row_of(l, y) + size * x, size);
      for (std::size_t c = 0; c < values; ++c) pixels.push_back(l.masks[c].value(pixel));
    }
  if (values == 4 && over_black(pixels, 3, kWhite8)) notes.emplace_back(kAlphaNote);
  return {l.width, l.height, 3, std::move(pixels)};
}

Image decode_bmp(std::span<const std::byte> file, const std::string& name, const DecodeOptions&,
                 ImageNotes& notes) {
  const Bytes bytes(file, name);
  const Layout l = layout_of(bytes, name);
  if (l.profile) notes.emplace_back(kProfileNote);
  return l.bits <= 8 ? decode_places(bytes, name, l) : decode_values(bytes, l, notes);
}

bool is_bmp(std::string_view text) { return text.starts_with("BM"); }

}  // namespace

extern const ImageCodec bmp_codec;
const ImageCodec bmp_codec{
    .name = "BMP", .extensions = {".bmp"}, .recognises = is_bmp, .decode = decode_bmp};

}  // namespace pellucid
