#include "tests/hostile/dicom_file.h"

namespace pellucid::test {
namespace {

constexpr std::uint32_t kColour = 0x0028'0004, kFrames = 0x0028'0008, kPixels = 0x7FE0'0010;
constexpr const char* kRle = "1.2.840.10008.1.2.5";

template <class Change>
HostileFile read_dicom(const std::string& name, const Change& change) {
  DicomFile file;
  change(file);
  return {name, file.bytes(), ""};
}

void put_window(DicomFile& f, const std::string& centre, const std::string& width,
                const std::string& function) {
  f.text(0x0028'1050, "DS", centre);
  f.text(0x0028'1051, "DS", width);
  f.text(0x0028'1056, "CS", function);
}

// 2 × 2 in colour, of so many bytes.
void put_colour(DicomFile& f, const std::string& colour, int bytes, std::uint32_t planar = 0) {
  f.words(0x0028'0002, {3});
  f.text(kColour, "CS", colour);
  f.words(0x0028'0006, {planar});
  std::string pixels;
  for (int i = 0; i < bytes; ++i) pixels += static_cast<char>(20 * i);
  f.elements[kPixels].value = pixels;
}

std::map<std::uint32_t, DicomFile::Element> lut_of_words(std::uint32_t bits) {
  DicomFile item;
  item.elements.clear();
  item.words(0x0028'3002, {2, 100, bits}, "SS");
  item.words(0x0028'3006, {7, 900}, "OW");
  return item.elements;
}

// 2 × 2 bytes as one segment of one literal run.
std::string rle_frame(const DicomFile& f) {
  return f.number(1, 4) + f.number(64, 4) + std::string(56, '\0') +
         std::string("\3\0\x40\x80\xC0\0", 6);
}

std::vector<HostileFile> shown_dicom() {
  return {
      read_dicom("window-exact", [](auto& f) { put_window(f, "100", "50.5", "LINEAR_EXACT"); }),
      read_dicom("window-sigmoid", [](auto& f) { put_window(f, "+1e2", "50", "SIGMOID"); }),
      read_dicom("window-of-width-1", [](auto& f) { put_window(f, "100\\5", "1\\6", "LINEAR"); }),
      read_dicom("window-of-width-0", [](auto& f) { put_window(f, "100", "0", "LINEAR"); }),
      read_dicom("window-of-no-number", [](auto& f) { put_window(f, "a", "1e31", "LINEAR"); }),
      read_dicom("for-processing",
                 [](auto& f) {
                   put_window(f, "100", "50", "LINEAR");
                   f.text(0x0008'0068, "CS", "FOR PROCESSING");
                 }),
      read_dicom("rescaled",
                 [](auto& f) {
                   f.text(0x0028'1052, "DS", "-1024");
                   f.text(0x0028'1053, "DS", "-0.5");
                 }),
      read_dicom("monochrome1-padded",
                 [](auto& f) {
                   f.text(kColour, "CS", "MONOCHROME1");
                   f.words(0x0028'0120, {60});
                   f.words(0x0028'0121, {130});
                 }),
      read_dicom("signed-16-all-padding",
                 [](auto& f) {
                   f = DicomFile::deep({0x8000, 0x8000, 0x8000, 0x8000});
                   f.words(0x0028'0103, {1});
                   f.words(0x0028'0120, {0x8000}, "SS");
                 }),
      read_dicom("modality-and-voi-lut",
                 [](auto& f) {
                   f.item(0x0028'3000, lut_of_words(16));
                   f.item(0x0028'3010, lut_of_words(10), true);
                 }),
      read_dicom("rgb-16",
                 [](auto& f) {
                   f.words(0x0028'0100, {16});
                   f.words(0x0028'0101, {16});
                   f.words(0x0028'0102, {15});
                   put_colour(f, "RGB", 24);
                 }),
      read_dicom("rgb-planes", [](auto& f) { put_colour(f, "RGB", 12, 1); }),
      read_dicom("ybr-full", [](auto& f) { put_colour(f, "YBR_FULL", 12); }),
      read_dicom("ybr-422", [](auto& f) { put_colour(f, "YBR_FULL_422", 8); }),
  };
}

std::vector<HostileFile> arranged_dicom() {
  return {
      read_dicom("grey", [](auto&) {}),
      {"bytes-behind", DicomFile{}.bytes() + "and more", ""},
      {"sequences-of-known-lengths", nested(30, false), ""},
      read_dicom("implicit",
                 [](auto& f) {
                   f.explicit_vr = false;
                   f.syntax = "1.2.840.10008.1.2";
                 }),
      read_dicom("explicit-that-says-implicit", [](auto& f) { f.syntax = "1.2.840.10008.1.2"; }),
      read_dicom("no-preamble",
                 [](auto& f) {
                   f.head = false;
                   f.text(0x0008'0005, "CS", "ISO_IR 100");
                 }),
      read_dicom("unknown-sequence-in-implicit",
                 [](auto& f) {
                   DicomFile item;
                   item.explicit_vr = false;
                   const std::string inside = item.written(0x0008'0005, {"CS", "ab"});
                   f.elements[0x0009'1001] = {"UN", f.in_item(inside) + f.end(0xFFFE'E0DD), true};
                 }),
      read_dicom("icon-of-fragments",
                 [](auto& f) {
                   DicomFile icon;
                   icon.fragments({"", "abcd"});
                   f.item(0x0088'0200, icon.elements, true);
                 }),
      read_dicom("functional-groups",
                 [](auto& f) {
                   DicomFile values, group;
                   values.elements.clear();
                   group.elements.clear();
                   values.text(0x0028'1052, "DS", "1");
                   values.text(0x0028'1053, "DS", "2");
                   group.item(0x0028'9145, values.elements);
                   f.item(0x5200'9229, group.elements);
                   put_window(values, "9", "8", "LINEAR");
                   group.elements.clear();
                   group.item(0x0028'9132, values.elements, true);
                   f.item(0x5200'9230, group.elements, true);
                 }),
      read_dicom("rle",
                 [](auto& f) {
                   f.syntax = kRle;
                   f.fragments({"", rle_frame(f)});
                 }),
      read_dicom("rle-of-2-frames-in-3-fragments",
                 [](auto& f) {
                   f.syntax = kRle;
                   f.text(kFrames, "IS", "2");
                   const std::string frame = rle_frame(f);
                   f.fragments({f.number(0, 4) + f.number(86, 4), frame.substr(0, 30),
                                frame.substr(30), frame});
                 }),
  };
}

}  // namespace

std::vector<HostileFile> odd_dicom() {
  std::vector<HostileFile> all = shown_dicom();
  const std::vector<HostileFile> arranged = arranged_dicom();
  all.insert(all.end(), arranged.begin(), arranged.end());
  return all;
}

}  // namespace pellucid::test
