// image_file.h: pictures from and to files: what is read has a codec (image_codec.h), PNG of 8 bits is
// written.
//
// Every error is one line "FILE: WHAT (found …; expected …)".
#pragma once

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
// Above what any grey picture of 8 bits within kMaxImageSide takes, even stored without compression.
inline constexpr std::size_t kMaxImageFileBytes = std::size_t{512} << 20;

// The most pictures of one file.
inline constexpr int kMaxImageFrames = 1'000'000;
// Scans of a progressive JPEG.
inline constexpr int kMaxImageScans = 100;

struct DecodeOptions {
  int frame = 0;  // which picture of a file that holds several, from 0
};

// A picture with the values and the planes of its file, 1 to 16 bits deep: one grey plane, or red, green
// and blue (with_planes() of nn/data/image.h makes either of the other). What was assumed on the way, as
// "alpha over black", is added to `notes`, without the file's name. Throws Error on anything else: a
// missing or truncated file, a value above its white, a checksum that is wrong, a kind of picture that
// is not read, a side of 0 or above kMaxImageSide, a frame that the file has not.
Image read_image(const std::filesystem::path& path, ImageNotes* notes = nullptr,
                 const DecodeOptions& options = {});

// The same from bytes; `name` stands for the file in the errors.
Image decode_image(std::span<const std::byte> bytes, const std::string& name,
                   ImageNotes* notes = nullptr, const DecodeOptions& options = {});

// "PGM or PNG" and ".pgm or .png": what can be read (nn/data/codec/image_codec.h), for people.
std::string image_formats();
std::string image_extensions();
// Whether a file has the extension of a format, in upper or lower case.
bool has_image_extension(const std::filesystem::path& path);

// The image NAME.EXTENSION of a folder, of the first format that has one there; empty if none has.
std::filesystem::path find_image(const std::filesystem::path& folder, const std::string& name);

// Keyword (1 to 79 Latin-1 characters) and text of the tEXt chunks of a PNG.
using PngText = std::vector<std::pair<std::string, std::string>>;

// pixels: (height, width, channels) row-major, channels 1 (grey) or 3 (RGB).
std::vector<std::byte> encode_png(int width, int height, int channels,
                                  std::span<const std::uint8_t> pixels, const PngText& text = {});

// Encodes and writes durably (runtime/file.h): a reader never sees half a picture.
void write_png(const std::filesystem::path& path, int width, int height, int channels,
               std::span<const std::uint8_t> pixels, const PngText& text = {});

}  // namespace pellucid
