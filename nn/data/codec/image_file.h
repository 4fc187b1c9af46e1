// image_file.h: pictures from and to files: binary PGM and 8-bit PNG in, PNG out. A format that is read
// is a codec (image_codec.h).
//
// Every error is one line "FILE: WHAT (found …; expected …)".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "nn/data/image.h"

namespace pellucid {

// The largest width and height that is read; checked before anything is allocated.
inline constexpr int kMaxImageSide = 16384;
// Above what any picture within kMaxImageSide takes, even stored without compression.
inline constexpr std::size_t kMaxImageFileBytes = std::size_t{512} << 20;

// A binary PGM (P5, maxval 255, comments allowed) or an 8-bit grey PNG (interlaced or not; gamma
// and other ancillary chunks do not change a pixel). Throws Error on anything else: a missing or
// truncated file, ASCII PGM, another maxval, a checksum that is wrong, colour, 16 bits, a side of 0
// or above kMaxImageSide.
GreyImage read_image(const std::filesystem::path& path);

// The same from bytes; `name` stands for the file in the errors.
GreyImage decode_image(std::span<const std::byte> bytes, const std::string& name);

// Red, green and blue of a PNG of 8 bits in RGB, palette or grey, without transparency; of a grey file,
// PGM too, three equal planes. Errors as read_image's.
std::array<GreyImage, 3> read_rgb_image(const std::filesystem::path& path);
// The planes of one or the other.
std::vector<GreyImage> read_planes(const std::filesystem::path& path, bool colour);

// "PGM or PNG" and ".pgm or .png": what can be read (nn/data/codec/image_codec.h), for people.
std::string image_formats();
std::string image_extensions();
// Whether a file has the extension of a format, in upper or lower case.
bool has_image_extension(const std::filesystem::path& path);

// Keyword (1 to 79 Latin-1 characters) and text of the tEXt chunks of a PNG.
using PngText = std::vector<std::pair<std::string, std::string>>;

// pixels: (height, width, channels) row-major, channels 1 (grey) or 3 (RGB).
std::vector<std::byte> encode_png(int width, int height, int channels,
                                  std::span<const std::uint8_t> pixels, const PngText& text = {});

// Encodes and writes durably (runtime/file.h): a reader never sees half a picture.
void write_png(const std::filesystem::path& path, int width, int height, int channels,
               std::span<const std::uint8_t> pixels, const PngText& text = {});

}  // namespace pellucid
