// DICOM against pydicom (scripts/goldens/dicom_golden.py), and what is said of it.
#include <cmath>

#include "nn/data/codec/image_file.h"
#include "runtime/file.h"
#include "runtime/formats/json.h"
#include "tests/hostile/dicom_file.h"
#include "tests/nn/data/support.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

const std::filesystem::path kFolder = std::filesystem::path(PELLUCID_TEST_DATA) / "dicom";

const Json& golden() {
  static const Json json = read_json_file(kFolder / "golden.json");
  return json;
}

// Of a build without the library that the file needs: what it says, else empty.
std::string lacks_library(const std::filesystem::path& path) {
  const std::string message = message_of([&] { read_image(path); });
  return contains(message, ": compressed DICOM (found ") ? message : "";
}

Image decode(const DicomFile& file, ImageNotes* notes = nullptr, int frame = 0) {
  const std::string bytes = file.bytes();
  return decode_image(std::as_bytes(std::span(bytes)), "FILE", notes, {.frame = frame});
}

std::string notes_of(const DicomFile& file, int frame = 0) {
  ImageNotes notes;
  decode(file, &notes, frame);
  std::string all;
  for (const std::string& note : notes) all += (all.empty() ? "" : "; ") + note;
  return all;
}

std::vector<int> values_of(const Image& image) {
  std::vector<int> values;
  for (std::size_t i = 0; i < image.pixels.size(); ++i) values.push_back(image.pixels[i]);
  return values;
}

}  // namespace

TEST_CASE("DICOM: what pydicom shows, and lossy frames as near as their decoders are") {
  int compared = 0;
  for (const auto& [name, expected] : golden()["files"].items()) {
    CAPTURE(name);
    const std::filesystem::path path = kFolder / (name + ".dcm");
    const DecodeOptions frame{.frame = expected["frame"].get<int>()};
    if (const std::string lack = lacks_library(path); !lack.empty()) {
      check_fragments(lack, {"expected a build with ", ": install lib", " and build again)"});
      continue;
    }
    const Image image = read_image(path, nullptr, frame);
    const auto shape = expected["shape"].get<std::vector<int>>();
    CHECK_EQ(image.height, shape[0]);
    CHECK_EQ(image.width, shape[1]);
    CHECK_EQ(image.planes, shape.size() == 3 ? 3 : 1);
    CHECK_EQ(image.pixels.white(), expected["white"].get<int>());
    const auto values = expected["values"].get<std::vector<int>>();
    REQUIRE_EQ(image.pixels.size(), values.size());
    int most = 0;
    for (std::size_t i = 0; i < values.size(); ++i)
      most = std::max(most, std::abs(image.pixels[i] - values[i]));
    CHECK_LE(most, expected["tolerance"].get<int>());
    ++compared;
  }
  CHECK(compared >= 25);
}

TEST_CASE("DICOM: what was done is said") {
  DicomFile file = DicomFile::deep({0, 1000, 2000, 4095}, 12);
  CHECK_EQ(notes_of(file), "no window: the least value is black, the greatest white");
  file.text(0x0028'1050, "DS", "2048\\100");
  file.text(0x0028'1051, "DS", "4096\\50");
  CHECK_EQ(notes_of(file), "window 2048/4096 LINEAR (the first of 2)");
  file.text(0x0028'0004, "CS", "MONOCHROME1");
  file.text(0x0028'1052, "DS", "-10");
  file.text(0x0028'1053, "DS", "2");
  file.words(0x0028'0120, {4095});
  CHECK_EQ(notes_of(file),
           "rescaled by its slope and intercept; window 2048/4096 LINEAR (the first of 2); "
           "MONOCHROME1 inverted; pixel padding 4095 is black");
  file.text(0x0008'0068, "CS", "FOR PROCESSING");
  check_fragments(notes_of(file), {"FOR PROCESSING: no window applied; no window: "});
  CHECK_EQ(notes_of(DicomFile{}), "");
  file.text(0x0008'0068, "CS", "FOR PRESENTATION");
  file.text(0x0028'1051, "DS", "0");
  check_fragments(notes_of(file),
                  {"window without a width passed over; rescaled", "; no window: "});
}

TEST_CASE("DICOM: a JPEG stream that makes no sense in places is shown, and said to") {
  const std::filesystem::path path = kFolder / "jpeg-baseline.dcm";
  if (!lacks_library(path).empty()) return;
  std::string bytes = read_text_file(path);
  const std::size_t scan = bytes.rfind("\xFF\xDA");
  REQUIRE(scan != bytes.npos);
  for (std::size_t i = scan + 20; i < scan + 40; ++i)
    bytes[i] = static_cast<char>((37 * bytes[i] + 91) & 0x7F);
  for (const bool damaged : {true, false}) {
    CAPTURE(damaged);
    ImageNotes notes;
    const std::string shown = damaged ? bytes : read_text_file(path);
    decode_image(std::as_bytes(std::span(shown)), "FILE", &notes);
    CHECK_EQ(notes.size(), damaged ? 1 : 0);
    if (damaged) CHECK_EQ(notes[0], "compressed pixels that are damaged in places");
  }
}

TEST_CASE("DICOM: one frame of several, and no other than there is") {
  DicomFile file;
  file.text(0x0028'0008, "IS", "2");
  file.elements[0x7FE0'0010].value = std::string("\0\x40\x80\xC0\1\2\3\4", 8);
  CHECK_EQ(values_of(decode(file)), std::vector{0, 64, 128, 192});
  CHECK_EQ(values_of(decode(file, nullptr, 1)), std::vector{1, 2, 3, 4});
  CHECK_EQ(notes_of(file, 1), "frame 1 of 2");
  CHECK_EQ(message_of([&] { decode(file, nullptr, 2); }),
           "FILE: no such frame (found 2 frames; expected one with number 2, counted from 0)");
}

TEST_CASE("DICOM: stored bits below the high bit, with others around them") {
  DicomFile file = DicomFile::deep({0xF003, 0x0FFF, 0x0404, 0xFC00}, 10);
  file.words(0x0028'0102, {11});  // bits 2 to 11
  file.text(0x0028'1050, "DS", "512");
  file.text(0x0028'1051, "DS", "1024");
  const Image image = decode(file);
  CHECK_EQ(values_of(image), std::vector{0, 65'535, 16'464, 49'199});
}

TEST_CASE("DICOM: a data set alone, of either byte order") {
  for (const bool big : {false, true}) {
    DicomFile file;
    file.elements.clear();
    file.head = false;
    file.big_endian = big;
    file.text(0x0008'0005, "CS", "ISO_IR 100");
    file.text(0x0028'0004, "CS", "MONOCHROME2");
    file.words(0x0028'0010, {1});
    file.words(0x0028'0011, {2});
    file.words(0x0028'0100, {16});
    file.words(0x7FE0'0010, {100, 1000}, "OW");
    CHECK_EQ(values_of(decode(file)), std::vector{0, 65'535});
  }
}

TEST_CASE("DICOM: a lookup table of bytes or words, below and above its entries") {
  DicomFile inside;
  inside.elements.clear();
  inside.words(0x0028'3002, {3, 64, 8});
  for (const bool words : {false, true}) {
    CAPTURE(words);
    inside.elements[0x0028'3006] = {
        "OW", words ? std::string("\7\0\5\0\3\0", 6) : std::string("\7\5\3\0", 4)};
    DicomFile file;
    file.elements[0x7FE0'0010].value = std::string("\0\x40\x41\xC0", 4);
    file.item(0x0028'3010, inside.elements, words);
    CHECK_EQ(values_of(decode(file)), std::vector{7, 7, 5, 3});
    CHECK_EQ(notes_of(file), "VOI LUT of 3 entries");
  }
}

TEST_CASE("DICOM: an extension of either kind, and no other file is taken for one") {
  CHECK(has_image_extension("a.dcm"));
  CHECK(has_image_extension("a.DICOM"));
  const std::string bytes("\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F", 8);
  check_fragments(message_of([&] { decode_image(std::as_bytes(std::span(bytes)), "FILE"); }),
                  {"FILE: not an image that can be read"});
}
