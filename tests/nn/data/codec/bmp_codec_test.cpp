#include <doctest/doctest.h>

#include "nn/data/codec/image_codec.h"
#include "tests/hostile/bmp_file.h"

using namespace pellucid;
using test::BmpFile;

namespace {

std::vector<GreyImage> planes_of(const BmpFile& file, bool colour) {
  const std::string bytes = file.bytes();
  for (const ImageCodec* codec : all_image_codecs())
    if (codec->recognises(bytes))
      return codec->decode(std::as_bytes(std::span(bytes)), "FILE", colour);
  return {};
}

using Pixels = std::vector<std::uint8_t>;

}  // namespace

TEST_CASE("BMP: grey palettes, from the last row or the first") {
  BmpFile file;
  CHECK(planes_of(file, false).at(0).pixels == Pixels{0x80, 0xC0, 0, 0x40});
  CHECK(planes_of(file, true).size() == 1);
  file.height = -2;
  CHECK(planes_of(file, false).at(0).pixels == Pixels{0, 0x40, 0x80, 0xC0});
}

TEST_CASE("BMP: colour, of a palette and of 24 bits, with rows of a multiple of four bytes") {
  BmpFile palette;
  palette.palette[4] = 1;  // blue of colour 1
  const auto of_palette = planes_of(palette, true);
  REQUIRE(of_palette.size() == 3);
  CHECK(of_palette[0].pixels == Pixels{0x80, 0xC0, 0, 0x40});
  CHECK(of_palette[2].pixels == Pixels{0x80, 0xC0, 0, 1});

  BmpFile full{.width = 1, .height = -2, .bits = 24, .colours = 0, .offset = 54};
  full.palette.clear();
  full.pixels = std::string("\1\2\3\xFF\4\5\6\xFF", 8);  // blue, green, red
  const auto planes = planes_of(full, true);
  REQUIRE(planes.size() == 3);
  CHECK(planes[0].pixels == Pixels{3, 6});
  CHECK(planes[1].pixels == Pixels{2, 5});
  CHECK(planes[2].pixels == Pixels{1, 4});
}
