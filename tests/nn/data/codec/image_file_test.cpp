#include "nn/data/codec/image_file.h"

#include <array>

#include "runtime/file.h"
#include "tests/nn/data/support.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

using Bytes = std::vector<std::byte>;

Bytes bytes_of(std::string_view text) {
  const auto span = std::as_bytes(std::span(text));
  return {span.begin(), span.end()};
}

Image decode(std::string_view text) { return decode_image(bytes_of(text), "x.pgm"); }

std::string error_of(const Bytes& bytes) {
  return message_of([&] { decode_image(bytes, "x.png"); });
}

std::string error_of(std::string_view text) { return error_of(bytes_of(text)); }

Bytes png_of(const GreyImage& image) {
  return encode_png(image.width, image.height, 1, image.pixels, {{"Title", "a test"}});
}

// 5 × 5, pixel (y, x) = 5 · (10 y + x), Adam7 interlaced, with a gamma chunk; made by zlib alone.
constexpr std::array<unsigned char, 118> kInterlaced = {
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44,
    0x52, 0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00, 0x05, 0x08, 0x00, 0x00, 0x00, 0x01, 0xdf,
    0x03, 0x49, 0xaf, 0x00, 0x00, 0x00, 0x04, 0x67, 0x41, 0x4d, 0x41, 0x00, 0x00, 0x75, 0x30,
    0xff, 0xb4, 0xdd, 0x52, 0x00, 0x00, 0x00, 0x2d, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63,
    0x60, 0x60, 0x10, 0x61, 0x38, 0x71, 0x87, 0x81, 0x8b, 0xe1, 0x12, 0x43, 0x4a, 0x5e, 0x05,
    0x03, 0x2b, 0x3f, 0x43, 0x66, 0x31, 0xc3, 0xd9, 0xeb, 0x0c, 0x46, 0xe6, 0x36, 0x8e, 0x6e,
    0x0c, 0xd3, 0x66, 0x2f, 0x58, 0xba, 0x0a, 0x00, 0xa2, 0x09, 0x0a, 0xbf, 0x06, 0x04, 0xf8,
    0x06, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82};

}  // namespace

TEST_CASE("PGM: pixels, comments, any white space, bytes after the picture") {
  const Image expected = image_of(3, 2, {'a', 'b', 'c', 'd', 'e', 'f'});
  CHECK(decode("P5 3 2 255\nabcdef") == expected);
  CHECK(decode("P5\n# made by hand\n3\t2\r\n# 9 9 9\n255\nabcdef") == expected);
  CHECK(decode("P5 3 2 255\nabcdef\n") == expected);
  CHECK(decode("P5 1 1 255\n#") == Image(image_of(1, 1, {'#'})));  // a pixel, not a comment
}

TEST_CASE("PGM and PPM: in text and in colour, of any maxval, with comments anywhere") {
  CHECK(decode("P2\n# by hand\n3 2 255\n1 2\t3 # a row\n40 50 60") ==
        Image(3, 2, 1, {1, 2, 3, 40, 50, 60}));
  CHECK(decode("P2 2 1 1\n1 0") == Image(2, 1, 1, {Pixels::Bytes{1, 0}, 1}));
  CHECK(decode("P2 1 2 1000 999\n007 and more") == Image(1, 2, 1, {Pixels::Words{999, 7}, 1000}));
  CHECK(decode("P3 1 2 65535 1 2 3 65535 5 6\n") ==
        Image(1, 2, 3, {Pixels::Words{1, 2, 3, 65535, 5, 6}, 65535}));
  CHECK(decode("P6 1 2 255\nabcdef") == Image(1, 2, 3, {'a', 'b', 'c', 'd', 'e', 'f'}));
  using namespace std::string_view_literals;
  CHECK(decode("P6 1 1 1000\n\0\1\1\0\3\xE8"sv) ==
        Image(1, 1, 3, {Pixels::Words{1, 256, 1000}, 1000}));
  ImageNotes notes;
  decode_image(bytes_of("P5 1 1 255\naP5 1 1 255\nb"), "x", &notes);
  CHECK(notes == ImageNotes{"the first of several pictures"});

  check_fragments(error_of("P2 2 1 99\n7 100"), {"value above the maxval", "found 100", "most 99"});
  check_fragments(error_of("P2 2 2 255\n1 2 3"), {"truncated", "found 5 bytes", "expected 7"});
  check_fragments(error_of("P2 2 1 255\n17 "), {"truncated", "more of its pixels"});
  check_fragments(error_of("P3 1 1 255\n1 -2 3"), {"bad pixel", "found '-'", "a number"});
  check_fragments(error_of("P3 x"), {"not a PPM header", "found 'x'", "the width"});
}

TEST_CASE("PGM: what cannot be read is refused with the value") {
  check_fragments(error_of("P5 2 1 99\na\x64"), {"value above the maxval", "found 100", "most 99"});
  check_fragments(error_of("P5 1 1 1000\n\x03\xE9"), {"value above the maxval", "found 1001"});
  check_fragments(error_of("P5 2 2 256\nabcdefg"), {"truncated", "found 7 bytes", "expected 8"});
  check_fragments(error_of("P5 2 2 65536\nabcdefgh"), {"bad maxval", "found 65536", "1 to 65535"});
  check_fragments(error_of("P5 3 2 255\nabcde"), {"truncated", "found 5 bytes", "expected 6"});
  check_fragments(error_of("P5 3 "), {"truncated"});
  check_fragments(error_of("P5 3 2 255"), {"truncated"});
  check_fragments(error_of("P5 0 2 255\n"), {"bad width", "found 0", "1 to 16384"});
  check_fragments(error_of("P5 2 16385 255\n"), {"bad height", "found 16385", "1 to 16384"});
  check_fragments(error_of("P5 99999999999999999999 2 255\n"), {"bad width", "1 to 16384"});
  check_fragments(error_of("P5 16384 16384 255\nabc"), {"truncated", "expected 268435456"});
  check_fragments(error_of("P5 -3 2 255\n"), {"not a PGM header", "found '-'", "the width"});
  check_fragments(error_of("P5 3 2 255x"), {"not a PGM header", "found 'x'", "white-space"});
  check_fragments(error_of("P5 3 2\n\x01"), {"not a PGM header", "byte 1", "the maxval"});
}

TEST_CASE("images: none of the formats") {
  check_fragments(error_of(""), {"x.png: empty", "found 0 bytes"});
  check_fragments(error_of("GIF89a"), {"not an image that can be read", "found \"GIF89a\"", "PNG"});
  check_fragments(error_of("P"), {"not an image that can be read"});
  check_fragments(error_of("\x89PN"), {"truncated", "found 3 bytes"});
}

TEST_CASE("images: files") {
  const TemporaryFolder folder;
  check_fragments(message_of([&] { read_image(folder / "none.png"); }),
                  {"none.png: missing", "found no such file"});
  CHECK(contains(message_of([&] { read_image(folder.path()); }), "folder"));

  const GreyImage image = random_image(67, 31, 1);
  write_png(folder / "new" / "a.png", 67, 31, 1, image.pixels, {{"Seed", "44"}});
  CHECK(read_image(folder / "new" / "a.png") == Image(image));
  write_text_file(folder / "b.pgm", "P5 2 1 255\nhi");
  CHECK(read_image(folder / "b.pgm") == Image(image_of(2, 1, {'h', 'i'})));
  CHECK(find_image(folder.path(), "b") == folder / "b.pgm");
  CHECK(find_image(folder.path(), "a").empty());
}

TEST_CASE("PNG: what was written is read") {
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 300}, {300, 1}, {33, 65}, {256, 256}}) {
    const GreyImage image = random_image(width, height, 2);
    CHECK(decode_image(png_of(image), "x.png") == Image(image));
  }
}

TEST_CASE("PNG: interlacing is undone and gamma ignored") {
  const GreyImage image = grey_plane(decode_image(std::as_bytes(std::span(kInterlaced)), "x.png"));
  REQUIRE(image.width == 5);
  REQUIRE(image.height == 5);
  for (int y = 0; y < 5; ++y)
    for (int x = 0; x < 5; ++x) CHECK(image.at(y, x) == 5 * (10 * y + x));
}

TEST_CASE("PNG: text chunks and colour are written") {
  const std::vector<std::uint8_t> pixels(2 * 3 * 3, 9);
  const Bytes png = encode_png(2, 3, 3, pixels, {{"Method", "lime"}, {"Samples", "1000"}});
  const std::string_view text(reinterpret_cast<const char*>(png.data()), png.size());
  using namespace std::string_view_literals;
  CHECK(contains(text, "tEXtMethod\0lime"sv));
  CHECK(contains(text,
                 "tEXtSamples\0"
                 "1000"sv));

  CHECK(contains(message_of([&] { encode_png(2, 3, 2, pixels); }), "channels must be 1 or 3"));
  CHECK(contains(message_of([&] { encode_png(2, 3, 1, pixels); }), "got 18"));
  CHECK(contains(message_of([&] { encode_png(0, 3, 1, pixels); }), "got 0"));
  CHECK(contains(message_of([&] { encode_png(2, 3, 3, pixels, {{"", "x"}}); }), "keyword"));
  CHECK(contains(message_of([&] { encode_png(2, 3, 3, pixels, {{"k", {"\0", 1}}}); }), "zero"));
}

TEST_CASE(
    "PNG: other colours, depths that there are not, and sizes without end, are refused by the "
    "header") {
  const Bytes png = png_of(random_image(7, 5, 3));
  const auto with_header = [&](std::size_t at, std::initializer_list<int> values) {
    Bytes changed = png;
    for (const int value : values) changed[at++] = static_cast<std::byte>(value);
    return error_of(changed);
  };
  check_fragments(with_header(24, {3}), {"wrong kind", "found 3-bit grey", "grey of 1 to 16 bits"});
  check_fragments(with_header(25, {4}), {"corrupt PNG", "IHDR: CRC error"});
  check_fragments(with_header(25, {77}), {"wrong kind", "unknown"});
  check_fragments(with_header(16, {0, 0, 64, 1}), {"bad size", "found 16385", "1 to 16384"});
  check_fragments(with_header(16, {255, 255, 255, 255}), {"bad size", "found 4294967295"});
  check_fragments(with_header(20, {0, 0, 0, 0}), {"bad size", "7 × 0"});
  check_fragments(with_header(16, {0, 0, 64, 0, 0, 0, 64, 0}), {"truncated", "16384 × 16384"});
  check_fragments(with_header(8, {1}), {"corrupt PNG", "IHDR"});
}

TEST_CASE("PNG: a wrong checksum, wherever it is, and a file cut short, wherever") {
  const Bytes png = png_of(random_image(7, 5, 4));
  for (std::size_t length = 1; length < png.size(); ++length) {
    CAPTURE(length);
    const std::string message = error_of(Bytes(png.begin(), png.begin() + std::ptrdiff_t(length)));
    CHECK(message.starts_with("x.png: "));
    CHECK((contains(message, "truncated") || contains(message, "cut short")));
  }
  for (std::size_t at = 8; at < png.size(); ++at) {
    CAPTURE(at);
    Bytes changed = png;
    changed[at] ^= std::byte{0x10};
    CHECK(error_of(changed).starts_with("x.png: "));
  }
  Bytes damaged = png;
  damaged[png.size() - 16] ^= std::byte{1};  // the checksum of the pixels
  check_fragments(error_of(damaged), {"corrupt PNG", "CRC"});
}

TEST_CASE("images: planes are those of the file, and there is one frame") {
  const TemporaryFolder folder;
  const std::vector<std::uint8_t> pixels = {1, 2, 3, 250, 251, 252};
  write_png(folder / "rgb.png", 2, 1, 3, pixels);
  ImageNotes notes;
  CHECK(read_image(folder / "rgb.png", &notes) == Image(2, 1, 3, pixels));
  CHECK(notes.empty());

  check_fragments(message_of([&] { read_image(folder / "no.png"); }), {"no.png: missing"});
  check_fragments(message_of([&] { read_image(folder / "rgb.png", nullptr, {.frame = 1}); }),
                  {"rgb.png: no frames in PNG", "found frame 1", "expected 0"});
}
