// png_codec.cpp: PNG read through libpng, in memory; png_writer.cpp writes it.
//
// libpng reports an error by longjmp, which must not skip a destructor. So each function that calls
// setjmp holds only pointers and numbers; what they point to is owned by its caller.
#include <png.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "nn/data/codec/blend.h"
#include "nn/data/codec/image_codec.h"
#include "nn/data/codec/image_file.h"
#include "nn/data/codec/orientation.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

constexpr std::string_view kPngSignature = "\x89PNG\r\n\x1a\n";

// What libpng's callbacks share with us.
struct Transfer {
  std::span<const std::byte> input;
  std::array<char, 128> message{};
};

void keep_message(Transfer& transfer, const char* text) {
  std::strncpy(transfer.message.data(), text, transfer.message.size() - 1);
}

void on_error(png_structp png, png_const_charp text) {
  keep_message(*static_cast<Transfer*>(png_get_error_ptr(png)), text);
  png_longjmp(png, 1);
}

void on_warning(png_structp, png_const_charp) {}

void on_read(png_structp png, png_bytep data, std::size_t size) {
  Transfer& transfer = *static_cast<Transfer*>(png_get_io_ptr(png));
  if (size > transfer.input.size()) png_error(png, "the file is cut short");
  std::memcpy(data, transfer.input.data(), size);
  transfer.input = transfer.input.subspan(size);
}

class Reader {
 public:
  explicit Reader(Transfer& transfer)
      : png_(png_create_read_struct(PNG_LIBPNG_VER_STRING, &transfer, on_error, on_warning)),
        info_(png_ != nullptr ? png_create_info_struct(png_) : nullptr) {}
  ~Reader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  png_structp png() const { return png_; }
  png_infop info() const { return info_; }

 private:
  png_structp png_;
  png_infop info_;
};

// What the header chunk says, read here so that every limit is checked before libpng allocates.
struct PngHeader {
  int width, height;
  std::uint32_t depth;  // bits of a value
  std::uint32_t color;

  // As the picture is given.
  std::size_t planes() const { return (color & PNG_COLOR_MASK_COLOR) != 0 ? 3 : 1; }
  // Places in a palette say nothing about the depth of its colours, which is 8.
  int white() const { return color == PNG_COLOR_TYPE_PALETTE ? kWhite8 : (1 << depth) - 1; }
};

// What libpng tells on the way.
struct PngFacts {
  int passes;            // of interlacing
  std::size_t channels;  // of a row: the planes, and the opacity if there is one
  std::size_t row_bytes;
  bool has_key;                 // one grey or colour is transparent (tRNS):
  std::array<int, 3> key;       // this one
  bool gamma, chroma, profile;  // there are
  const png_byte* exif;         // lives as long as the reader; null if there is none
  std::size_t exif_bytes;
};

// False after an error. What is before the pixels, and how they will come: a byte a value, not scaled, or
// two in the order of this machine; a palette as its colours.
bool read_info(png_structp png, png_infop info, Transfer* transfer, const PngHeader& header,
               PngFacts* facts) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_set_read_fn(png, transfer, on_read);
  png_set_user_limits(png, kMaxImageSide, kMaxImageSide);
  png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
  png_read_info(png, info);
  png_color_16p key = nullptr;
  if (header.color != PNG_COLOR_TYPE_PALETTE && png_get_tRNS(png, info, nullptr, nullptr, &key)) {
    facts->has_key = true;
    const int bits = header.white();  // the others of the key are 0, or to be ignored
    if (header.planes() == 1) facts->key = {key->gray & bits, 0, 0};
    else facts->key = {key->red & bits, key->green & bits, key->blue & bits};
  }
  // What sRGB says again of itself is no gamma that is ignored.
  const bool standard = png_get_valid(png, info, PNG_INFO_sRGB) != 0;
  facts->gamma = !standard && png_get_valid(png, info, PNG_INFO_gAMA) != 0;
  facts->chroma = !standard && png_get_valid(png, info, PNG_INFO_cHRM) != 0;
  facts->profile = png_get_valid(png, info, PNG_INFO_iCCP) != 0;
  if (header.color == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
  else png_set_packing(png);
  png_set_swap(png);
  facts->passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  facts->channels = png_get_channels(png, info);
  facts->row_bytes = png_get_rowbytes(png, info);
  return true;
}

// False after an error. pixels: height rows of facts->row_bytes.
bool read_pixels(png_structp png, png_infop info, png_bytep pixels, std::size_t height,
                 PngFacts* facts) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  for (int pass = 0; pass < facts->passes; ++pass)
    for (std::size_t y = 0; y < height; ++y)
      png_read_row(png, pixels + y * facts->row_bytes, nullptr);
  png_read_end(png, info);
  png_uint_32 size = 0;
  png_bytep exif = nullptr;
  if (png_get_eXIf_1(png, info, &size, &exif) != 0) {
    facts->exif = exif;
    facts->exif_bytes = size;
  }
  return true;
}

std::uint32_t big_endian(std::span<const std::byte> bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = at; i < at + 4; ++i)
    value = value << 8 | std::to_integer<std::uint32_t>(bytes[i]);
  return value;
}

const char* color_type_name(std::uint32_t type) {
  switch (type) {
    case PNG_COLOR_TYPE_GRAY:
      return "grey";
    case PNG_COLOR_TYPE_RGB:
      return "RGB";
    case PNG_COLOR_TYPE_PALETTE:
      return "palette";
    case PNG_COLOR_TYPE_GRAY_ALPHA:
      return "grey with alpha";
    case PNG_COLOR_TYPE_RGB_ALPHA:
      return "RGB with alpha";
    default:
      return "unknown";
  }
}

// The depths of a colour type, as the standard has them.
bool has_depth(std::uint32_t color, std::uint32_t depth) {
  const bool whole = depth == 8 || depth == 16, part = depth == 1 || depth == 2 || depth == 4;
  switch (color) {
    case PNG_COLOR_TYPE_GRAY:
      return part || whole;
    case PNG_COLOR_TYPE_PALETTE:
      return part || depth == 8;
    case PNG_COLOR_TYPE_RGB:
    case PNG_COLOR_TYPE_GRAY_ALPHA:
    case PNG_COLOR_TYPE_RGB_ALPHA:
      return whole;
    default:
      return false;
  }
}

std::size_t samples_of(std::uint32_t color) {
  if (color == PNG_COLOR_TYPE_PALETTE) return 1;
  return ((color & PNG_COLOR_MASK_COLOR) != 0 ? 3U : 1U) +
         ((color & PNG_COLOR_MASK_ALPHA) != 0 ? 1U : 0U);
}

PngHeader checked_header(std::span<const std::byte> bytes, const std::string& name) {
  constexpr std::size_t kHeaderEnd = 33;  // signature 8, length 4, "IHDR" 4, body 13, checksum 4
  if (bytes.size() < kHeaderEnd)
    fail(name, ": truncated (found ", bytes.size(), " bytes; expected a whole PNG)");
  if (big_endian(bytes, 8) != 13 || std::memcmp(bytes.data() + 12, "IHDR", 4) != 0)
    fail(name, ": corrupt PNG (found no header chunk; expected IHDR first)");
  const std::uint32_t width = big_endian(bytes, 16), height = big_endian(bytes, 20);
  const auto depth = std::to_integer<std::uint32_t>(bytes[24]);
  const auto color = std::to_integer<std::uint32_t>(bytes[25]);
  if (width < 1 || height < 1 || width > kMaxImageSide || height > kMaxImageSide)
    fail(name, ": bad size (found ", width, " × ", height, "; expected sides of 1 to ",
         kMaxImageSide, ")");
  if (!has_depth(color, depth))
    fail(name, ": wrong kind of PNG (found ", depth, "-bit ", color_type_name(color),
         "; expected grey of 1 to 16 bits, a palette of 1 to 8, or RGB or alpha of 8 or 16)");
  // Deflate shrinks to no less than 1/1032, so fewer bytes cannot hold the pixels.
  constexpr std::size_t kBestDeflate = 1032;
  if (std::size_t{width} * height * samples_of(color) * depth / 8 > kBestDeflate * bytes.size())
    fail(name, ": truncated (found ", bytes.size(), " bytes; expected more for ", width, " × ",
         height, ")");
  return {static_cast<int>(width), static_cast<int>(height), depth, color};
}

// libpng asks for the memory of an eXIf chunk before it looks whether the file has its bytes.
void check_exif_length(std::span<const std::byte> bytes, const std::string& name) {
  constexpr std::size_t kSignatureBytes = 8;
  constexpr std::size_t kHead = 8,
                        kChecksum = 4;  // of a chunk: length and type, and behind its bytes
  const std::array exif = {std::byte{'e'}, std::byte{'X'}, std::byte{'I'}, std::byte{'f'}};
  for (std::size_t at = kSignatureBytes; at + kHead <= bytes.size();) {
    const std::size_t length = big_endian(bytes, at);
    const bool fits = length + kChecksum <= bytes.size() - at - kHead;
    if (!fits && std::equal(exif.begin(), exif.end(), bytes.begin() + std::ptrdiff_t(at) + 4))
      fail(name, ": corrupt PNG (found the file is cut short; expected a whole PNG)");
    if (!fits) return;
    at += kHead + length + kChecksum;
  }
}

// Makes what is transparent black: by its opacity behind each pixel, or as the one colour that is.
template <class T>
bool compose(std::vector<T>& values, const PngFacts& facts, const PngHeader& header) {
  const std::size_t planes = header.planes();
  if (facts.channels > planes) return over_black(values, planes, header.white());
  bool transparent = false;
  for (std::size_t i = 0; facts.has_key && i < values.size(); i += planes) {
    if (!std::equal(values.begin() + std::ptrdiff_t(i), values.begin() + std::ptrdiff_t(i + planes),
                    facts.key.begin()))
      continue;
    std::fill_n(values.begin() + std::ptrdiff_t(i), planes, T{0});
    transparent = true;
  }
  return transparent;
}

// T: of one byte, or with 16 bits of two.
template <class T>
Image decode(std::span<const std::byte> bytes, const std::string& name, const PngHeader& header,
             ImageNotes& notes) {
  check_exif_length(bytes, name);
  Transfer transfer;
  transfer.input = bytes;
  const Reader reader(transfer);
  require(reader.info() != nullptr, name, ": libpng cannot start");
  PngFacts facts{};
  const auto check = [&](bool read) {
    if (!read)
      fail(name, ": corrupt PNG (found ", transfer.message.data(), "; expected a whole PNG)");
  };
  check(read_info(reader.png(), reader.info(), &transfer, header, &facts));
  require(facts.row_bytes == static_cast<std::size_t>(header.width) * facts.channels * sizeof(T) &&
              (facts.channels == header.planes() || facts.channels == header.planes() + 1),
          name, ": corrupt PNG (found another header; expected one)");
  std::vector<T> values(facts.row_bytes / sizeof(T) * static_cast<std::size_t>(header.height));
  check(read_pixels(reader.png(), reader.info(), reinterpret_cast<png_bytep>(values.data()),
                    static_cast<std::size_t>(header.height), &facts));
  if (compose(values, facts, header)) notes.emplace_back(kAlphaNote);
  if (facts.gamma) notes.emplace_back("gAMA ignored");
  if (facts.chroma) notes.emplace_back("cHRM ignored");
  if (facts.profile) notes.emplace_back(kProfileNote);
  Image image(header.width, header.height, static_cast<int>(header.planes()),
              Pixels(std::move(values), header.white()));
  return upright(std::move(image),
                 exif_orientation(std::as_bytes(std::span(facts.exif, facts.exif_bytes))), notes);
}

bool is_png(std::string_view text) {
  return text.starts_with(kPngSignature) ||
         kPngSignature.starts_with(text.substr(0, kPngSignature.size()));
}

Image decode_png(std::span<const std::byte> bytes, const std::string& name, const DecodeOptions&,
                 ImageNotes& notes) {
  if (bytes.size() < kPngSignature.size())
    fail(name, ": truncated (found ", bytes.size(), " bytes; expected a whole PNG)");
  const PngHeader header = checked_header(bytes, name);
  return header.depth == 16 ? decode<std::uint16_t>(bytes, name, header, notes)
                            : decode<std::uint8_t>(bytes, name, header, notes);
}

}  // namespace

extern const ImageCodec png_codec;
const ImageCodec png_codec{
    .name = "PNG", .extensions = {".png"}, .recognises = is_png, .decode = decode_png};

}  // namespace pellucid
