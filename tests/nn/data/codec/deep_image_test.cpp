// Files of other depths than 8 bits. Those of PNG were written by OpenCV 5.0.0 and Pillow 13.0.0, which
// read the same values from them; those of PGM have the values that OpenCV reads.
#include <vector>

#include "nn/data/codec/image_file.h"
#include "tests/nn/data/support.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

Image decoded(const std::string& text) { return decode_image(std::as_bytes(std::span(text)), "x"); }

// Of hexadecimal digits.
std::string bytes_of(std::string_view digits) {
  std::string out;
  for (std::size_t i = 0; i < digits.size(); i += 2)
    out += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  return out;
}

using namespace std::string_literals;

}  // namespace

TEST_CASE("PGM: any maxval, kept as the white of the picture; two bytes above 255") {
  CHECK(decoded("P5 3 1 1000\n\x00\x00\x01\xF4\x03\xE8"s) ==
        Image(3, 1, 1, {Pixels::Words{0, 500, 1000}, 1000}));
  CHECK(decoded("P5 3 1 65535\n\x00\x01\x01\xF4\xFF\xFF"s) ==
        Image(3, 1, 1, {Pixels::Words{1, 500, 65535}, 65535}));
  CHECK(decoded("P5 1 2 256\n\x01\x00\x00\xFF and more"s) ==
        Image(1, 2, 1, {Pixels::Words{256, 255}, 256}));
  CHECK(decoded("P5 3 1 99\n\x00\x32\x63"s) == Image(3, 1, 1, {Pixels::Bytes{0, 50, 99}, 99}));
  CHECK(decoded("P5 2 1 1\n\x01\x00"s) == Image(2, 1, 1, {Pixels::Bytes{1, 0}, 1}));
  CHECK(with_planes(decoded("P5 2 1 1000\n\x00\x07\x03\xE8"s), 3) ==
        Image(2, 1, 3, {Pixels::Words{7, 7, 7, 1000, 1000, 1000}, 1000}));
}

TEST_CASE("PNG: grey and RGB of 16 bits, as others write them") {
  const Image grey(
      4, 3, 1,
      {Pixels::Words{0, 1000, 65535, 12345, 54321, 256, 255, 40000, 7, 65534, 32768, 100}, 65535});
  const std::string head =
      "89504e470d0a1a0a0000000d49484452000000040000000310000000"
      "00c10f2d59";
  const std::string pillow = bytes_of(
      head +
      "0000002449444154789c636060607ef1ffbf8125d315c37f128c0c39ec0c0cecffff353030a400007c01"
      "08cc824484020000000049454e44ae426082");
  const std::string opencv =
      bytes_of(head +
               "0000002449444154081d636460607ef147dcd08af18aa1eef9ffffe7383232b0ffffdec8d49002008"
               "4c80aad9dc2a50f0000000049454e44ae426082");
  CHECK(decoded(pillow) == grey);
  CHECK(decoded(opencv) == grey);
  const Image three = with_planes(decoded(opencv), 3);
  CHECK(three.planes == 3);
  CHECK(three.pixels.white() == 65535);
  CHECK(three.pixels[3] == 1000);
  CHECK(three.pixels[5] == 1000);

  const std::string rgb = bytes_of(
      "89504e470d0a1a0a0000000d49484452000000020000000110020000002bd0349e0000001549444154081d636460"
      "607ef1ff3f03e35f294616001b9e04088a9d52160000000049454e44ae426082");
  CHECK(decoded(rgb) == Image(2, 1, 3, {Pixels::Words{0, 1000, 65535, 1, 2, 3}, 65535}));
}

TEST_CASE("PNG: grey of 1 bit has the values 0 and 1") {
  const std::string png = bytes_of(
      "89504e470d0a1a0a0000000d4948445200000003000000020100000000b50f5bb70000000c49444154789c6358c0"
      "e00000022400e173eb3bf20000000049454e44ae426082");
  CHECK(decoded(png) == Image(3, 2, 1, {Pixels::Bytes{1, 0, 1, 0, 1, 0}, 1}));
}
