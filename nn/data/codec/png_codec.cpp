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

#include "nn/data/codec/image_codec.h"
#include "nn/data/codec/image_file.h"
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
  std::uint32_t depth;  // bits of a value, as libpng knows them or not
  std::uint32_t color;

  // As they are decoded.
  std::size_t planes() const { return color == PNG_COLOR_TYPE_GRAY ? 1 : 3; }
  std::size_t bytes() const { return depth == 16 ? 2 : 1; }
  std::size_t row() const { return static_cast<std::size_t>(width) * planes() * bytes(); }
  // Places in a palette say nothing about the depth of its colours, which is 8.
  int white() const { return color == PNG_COLOR_TYPE_PALETTE ? kWhite8 : (1 << depth) - 1; }
};

// False after an error. pixels: (height, width, planes) values, already allocated for the header.
bool read_pixels(png_structp png, png_infop info, Transfer* transfer, png_bytep pixels,
                 const PngHeader& header) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_set_read_fn(png, transfer, on_read);
  png_set_user_limits(png, kMaxImageSide, kMaxImageSide);
  png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
  png_read_info(png, info);
  if (png_get_valid(png, info, PNG_INFO_tRNS) != 0) png_error(png, "transparency");
  if (header.color == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
  else png_set_packing(png);  // 1, 2 and 4 bits: a byte each, not scaled
  png_set_swap(png);          // 16 bits: little-endian, as this machine
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  if (png_get_rowbytes(png, info) != header.row() ||
      png_get_image_height(png, info) != static_cast<png_uint_32>(header.height))
    png_error(png, "the header changed");
  for (int pass = 0; pass < passes; ++pass)
    for (std::size_t y = 0; y < static_cast<std::size_t>(header.height); ++y)
      png_read_row(png, pixels + y * header.row(), nullptr);
  png_read_end(png, nullptr);
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
  const bool takes = color == PNG_COLOR_TYPE_GRAY || color == PNG_COLOR_TYPE_RGB ||
                     color == PNG_COLOR_TYPE_PALETTE;
  const bool known = depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
  if (!takes || !known)
    fail(name, ": wrong kind of PNG (found ", depth, "-bit ", color_type_name(color), "; expected ",
         "RGB, palette or grey of 1, 2, 4, 8 or 16 bits)");
  // Deflate shrinks to no less than 1/1032, so fewer bytes cannot hold the pixels.
  constexpr std::size_t kBestDeflate = 1032;
  const std::size_t samples = color == PNG_COLOR_TYPE_RGB ? 3 : 1;
  if (std::size_t{width} * height * samples * depth / 8 > kBestDeflate * bytes.size())
    fail(name, ": truncated (found ", bytes.size(), " bytes; expected more for ", width, " × ",
         height, ")");
  return {static_cast<int>(width), static_cast<int>(height), depth, color};
}

// T: of header.bytes().
template <class T>
Image decode(std::span<const std::byte> bytes, const std::string& name, const PngHeader& header) {
  std::vector<T> pixels(header.row() / sizeof(T) * static_cast<std::size_t>(header.height));
  Transfer transfer;
  transfer.input = bytes;
  const Reader reader(transfer);
  require(reader.info() != nullptr, name, ": libpng cannot start");
  if (!read_pixels(reader.png(), reader.info(), &transfer,
                   reinterpret_cast<png_bytep>(pixels.data()), header))
    fail(name, ": corrupt PNG (found ", transfer.message.data(), "; expected a whole ", "PNG)");
  return {header.width, header.height, static_cast<int>(header.planes()),
          Pixels(std::move(pixels), header.white())};
}

bool is_png(std::string_view text) {
  return text.starts_with(kPngSignature) ||
         kPngSignature.starts_with(text.substr(0, kPngSignature.size()));
}

Image decode_png(std::span<const std::byte> bytes, const std::string& name, const DecodeOptions&,
                 ImageNotes&) {
  if (bytes.size() < kPngSignature.size())
    fail(name, ": truncated (found ", bytes.size(), " bytes; expected a whole PNG)");
  const PngHeader header = checked_header(bytes, name);
  return header.bytes() == 2 ? decode<std::uint16_t>(bytes, name, header)
                             : decode<std::uint8_t>(bytes, name, header);
}

}  // namespace

extern const ImageCodec png_codec;
const ImageCodec png_codec{
    .name = "PNG", .extensions = {".png"}, .recognises = is_png, .decode = decode_png};

}  // namespace pellucid
