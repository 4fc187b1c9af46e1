// png_writer.cpp: PNG of 8 bits written through libpng, in memory.
//
// libpng reports an error by longjmp, which must not skip a destructor. So write_pixels, which calls setjmp,
// holds only pointers and numbers; what they point to is owned by its caller.
#include <png.h>

#include <array>
#include <csetjmp>
#include <cstdint>
#include <cstring>
#include <new>
#include <vector>

#include "nn/data/codec/image_file.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

// What libpng's callbacks share with us.
struct PngOutput {
  std::vector<std::byte> bytes;
  std::array<char, 128> message{};
};

void on_write_error(png_structp png, png_const_charp text) {
  auto& message = static_cast<PngOutput*>(png_get_error_ptr(png))->message;
  std::strncpy(message.data(), text, message.size() - 1);
  png_longjmp(png, 1);
}

void on_write_warning(png_structp, png_const_charp) {}

void on_write(png_structp png, png_bytep data, std::size_t size) {
  PngOutput& output = *static_cast<PngOutput*>(png_get_io_ptr(png));
  const bool stored = [&]() noexcept {
    try {
      const auto* begin = reinterpret_cast<const std::byte*>(data);
      output.bytes.insert(output.bytes.end(), begin, begin + size);
      return true;
    } catch (const std::bad_alloc&) {
      return false;
    }
  }();
  if (!stored) png_error(png, "out of memory");
}

void on_flush(png_structp) {}

class Writer {
 public:
  explicit Writer(PngOutput& output)
      : png_(png_create_write_struct(PNG_LIBPNG_VER_STRING, &output, on_write_error,
                                     on_write_warning)),
        info_(png_ != nullptr ? png_create_info_struct(png_) : nullptr) {}
  ~Writer() { png_destroy_write_struct(&png_, &info_); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  png_structp png() const { return png_; }
  png_infop info() const { return info_; }

 private:
  png_structp png_;
  png_infop info_;
};

bool write_pixels(png_structp png, png_infop info, PngOutput* output, png_const_bytep pixels,
                  int width, int height, int channels, png_textp text, int texts) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_set_write_fn(png, output, on_write, on_flush);
  png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), 8,
               channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  // Overlays are noisy photographs: trying harder takes three times as long and saves little.
  png_set_compression_level(png, 3);
  png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB);
  if (texts > 0) png_set_text(png, info, text, texts);
  png_write_info(png, info);
  const std::size_t stride = static_cast<std::size_t>(width) * static_cast<std::size_t>(channels);
  for (int y = 0; y < height; ++y)
    png_write_row(png, pixels + static_cast<std::size_t>(y) * stride);
  png_write_end(png, nullptr);
  return true;
}

void check_text(const PngText& text) {
  for (const auto& [keyword, value] : text) {
    require(!keyword.empty() && keyword.size() <= 79,
            "PNG text: a keyword must have 1 to 79 characters, got \"", keyword, "\"");
    require(value.find('\0') == std::string::npos && keyword.find('\0') == std::string::npos,
            "PNG text: \"", keyword, "\" holds a zero byte");
  }
}

}  // namespace

std::vector<std::byte> encode_png(int width, int height, int channels,
                                  std::span<const std::uint8_t> pixels, const PngText& text) {
  require(channels == 1 || channels == 3, "PNG: channels must be 1 or 3, got ", channels);
  require(width >= 1 && height >= 1 && width <= kMaxImageSide && height <= kMaxImageSide,
          "PNG: sides must be 1 to ", kMaxImageSide, ", got ", width, " × ", height);
  require(pixels.size() == static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                               static_cast<std::size_t>(channels),
          "PNG: ", width, " × ", height, " × ", channels, " pixels expected, got ", pixels.size());
  check_text(text);
  std::vector<png_text> chunks(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    chunks[i].compression = PNG_TEXT_COMPRESSION_NONE;
    chunks[i].key = const_cast<png_charp>(text[i].first.c_str());  // libpng copies, never writes
    chunks[i].text = const_cast<png_charp>(text[i].second.c_str());
    chunks[i].text_length = text[i].second.size();
  }
  PngOutput output;
  const Writer writer(output);
  require(writer.info() != nullptr, "PNG: libpng cannot start");
  if (!write_pixels(writer.png(), writer.info(), &output, pixels.data(), width, height, channels,
                    chunks.data(), static_cast<int>(chunks.size())))
    fail("PNG: cannot encode ", width, " × ", height, ": ", output.message.data());
  return std::move(output.bytes);
}

}  // namespace pellucid
