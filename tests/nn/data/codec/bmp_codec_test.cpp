#include <doctest/doctest.h>

#include "nn/data/codec/image_file.h"
#include "tests/hostile/bmp_file.h"

using namespace pellucid;
using test::BmpFile;

namespace {

Image decoded(const BmpFile& file) {
  const std::string bytes = file.bytes();
  return decode_image(std::as_bytes(std::span(bytes)), "FILE");
}

}  // namespace

TEST_CASE("BMP: grey palettes, from the last row or the first") {
  BmpFile file;
  CHECK(decoded(file) == Image(2, 2, 1, {0x80, 0xC0, 0, 0x40}));
  file.height = -2;
  CHECK(decoded(file).pixels == Pixels{0, 0x40, 0x80, 0xC0});
}

TEST_CASE("BMP: colour, of a palette and of 24 bits, with rows of a multiple of four bytes") {
  BmpFile palette;
  palette.palette[4] = 1;  // blue of colour 1
  CHECK(decoded(palette) ==
        Image(2, 2, 3, {0x80, 0x80, 0x80, 0xC0, 0xC0, 0xC0, 0, 0, 0, 0x40, 0x40, 1}));

  BmpFile full{.width = 1, .height = -2, .bits = 24, .colours = 0, .offset = 54};
  full.palette.clear();
  full.pixels = std::string("\1\2\3\xFF\4\5\6\xFF", 8);  // blue, green, red
  CHECK(decoded(full) == Image(1, 2, 3, {3, 2, 1, 6, 5, 4}));
}
