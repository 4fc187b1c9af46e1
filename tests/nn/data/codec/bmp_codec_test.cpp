#include <doctest/doctest.h>

#include "nn/data/codec/image_codec.h"
#include "tests/hostile/bmp_file.h"

using namespace pellucid;
using test::BmpFile;

namespace {

Image decoded(const BmpFile& file, bool colour) {
  const std::string bytes = file.bytes();
  for (const ImageCodec* codec : all_image_codecs())
    if (codec->recognises(bytes))
      return codec->decode(std::as_bytes(std::span(bytes)), "FILE", colour);
  return {};
}

}  // namespace

TEST_CASE("BMP: grey palettes, from the last row or the first") {
  BmpFile file;
  CHECK(decoded(file, false) == Image(2, 2, 1, {0x80, 0xC0, 0, 0x40}));
  CHECK(decoded(file, true).planes == 1);
  file.height = -2;
  CHECK(decoded(file, false).pixels == Pixels{0, 0x40, 0x80, 0xC0});
}

TEST_CASE("BMP: colour, of a palette and of 24 bits, with rows of a multiple of four bytes") {
  BmpFile palette;
  palette.palette[4] = 1;  // blue of colour 1
  CHECK(decoded(palette, true) ==
        Image(2, 2, 3, {0x80, 0x80, 0x80, 0xC0, 0xC0, 0xC0, 0, 0, 0, 0x40, 0x40, 1}));

  BmpFile full{.width = 1, .height = -2, .bits = 24, .colours = 0, .offset = 54};
  full.palette.clear();
  full.pixels = std::string("\1\2\3\xFF\4\5\6\xFF", 8);  // blue, green, red
  CHECK(decoded(full, true) == Image(1, 2, 3, {3, 2, 1, 6, 5, 4}));
}
