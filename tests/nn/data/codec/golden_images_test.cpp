// Pictures of every format and kind with the pixels that Pillow and tifffile read from them
// (scripts/goldens/image_golden.py).
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "nn/data/codec/image_file.h"
#include "runtime/file.h"
#include "tests/nn/data/support.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

const std::filesystem::path kImages = std::filesystem::path(PELLUCID_TEST_DATA) / "images";

// The greatest difference of two values; −1 if the pictures differ in more than values.
int distance(const Image& a, const Image& b) {
  if (a.width != b.width || a.height != b.height || a.planes != b.planes ||
      a.pixels.white() != b.pixels.white())
    return -1;
  int most = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i)
    most = std::max(most, std::abs(a.pixels[i] - b.pixels[i]));
  return most;
}

std::string joined_notes(const ImageNotes& notes) {
  std::string out;
  for (const std::string& note : notes) out += (out.empty() ? "" : "; ") + note;
  return out;
}

}  // namespace

TEST_CASE("images of every kind: the pixels that other programs read, and what is said of them") {
  std::istringstream table(read_text_file(kImages / "table.tsv"));
  int read = 0;
  for (std::string line; std::getline(table, line); ++read) {
    std::istringstream fields(line);
    std::string file, expected, tolerance, noted;
    std::getline(fields, file, '\t');
    std::getline(fields, expected, '\t');
    std::getline(fields, tolerance, '\t');
    std::getline(fields, noted);
    CAPTURE(file);
    ImageNotes notes;
    const Image image = read_image(kImages / file, &notes);
    const int away = distance(image, read_image(kImages / expected));
    CHECK(away >= 0);
    CHECK(away <= std::stoi(tolerance));
    CHECK(joined_notes(notes) == noted);
  }
  CHECK(read == 106);
}

TEST_CASE("images of every kind: cut short anywhere, or with a byte changed, they are no crash") {
  for (const std::string file : {"rgb16-interlaced.png", "progressive.jpeg", "tiles.tif"}) {
    CAPTURE(file);
    const std::vector<std::byte> whole = read_file(kImages / file);
    for (std::size_t length = 1; length < whole.size(); length += 7) {
      CAPTURE(length);
      const std::span part(whole.data(), length);
      CHECK(message_of([&] { decode_image(part, "x"); }).starts_with("x: "));
    }
    for (std::size_t at = 4; at < whole.size(); at += 3) {
      std::vector<std::byte> changed = whole;
      changed[at] ^= std::byte{0x55};
      const std::string message = message_of([&] { decode_image(changed, "x"); });
      CHECK((message.empty() || message.starts_with("x: ")));
    }
  }
}

TEST_CASE("TIFF: any page") {
  ImageNotes notes;
  const Image first = read_image(kImages / "pages.tif");
  const Image second = read_image(kImages / "pages.tif", &notes, {.frame = 1});
  CHECK(notes == ImageNotes{"page 2 of 3"});
  REQUIRE(second.pixels.size() == first.pixels.size());
  for (std::size_t i = 0; i < first.pixels.size(); ++i)
    CHECK(second.pixels[i] == 255 - first.pixels[i]);
  check_fragments(message_of([&] { read_image(kImages / "pages.tif", nullptr, {.frame = 3}); }),
                  {"pages.tif: no such frame", "found 3", "expected 0 to 2"});
}
