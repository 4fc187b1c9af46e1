#include "tests/hostile/dicom_file.h"
#include "tests/hostile/formats.h"

namespace pellucid::test {
namespace {

constexpr std::uint32_t kSamples = 0x0028'0002, kColour = 0x0028'0004, kFrames = 0x0028'0008,
                        kRows = 0x0028'0010, kColumns = 0x0028'0011, kAllocated = 0x0028'0100,
                        kStored = 0x0028'0101, kHighBit = 0x0028'0102, kSigned = 0x0028'0103,
                        kVoiLuts = 0x0028'3010, kDescriptor = 0x0028'3002, kLutData = 0x0028'3006,
                        kPixels = 0x7FE0'0010;
constexpr const char* kJpegLossless = "1.2.840.10008.1.2.4.70";

template <class Change>
std::string changed_dicom(const Change& change) {
  DicomFile file;
  change(file);
  return file.bytes();
}

std::string with_syntax(const std::string& uid) {
  return changed_dicom([&](DicomFile& f) { f.syntax = uid; });
}

std::string with_word(std::uint32_t tag, std::uint32_t value) {
  return changed_dicom([&](DicomFile& f) { f.words(tag, {value}); });
}

std::string with_text(std::uint32_t tag, const std::string& vr, const std::string& value) {
  return changed_dicom([&](DicomFile& f) { f.text(tag, vr, value); });
}

std::string without(std::uint32_t tag) {
  return changed_dicom([&](DicomFile& f) { f.elements.erase(tag); });
}

std::string compressed_as(const std::string& uid, std::initializer_list<std::string> fragments) {
  return changed_dicom([&](DicomFile& f) {
    f.syntax = uid;
    f.fragments(fragments);
  });
}

// A frame of one segment that begins there.
std::string rle(std::uint32_t begin, const std::string& segment) {
  const DicomFile file;
  return file.number(1, 4) + file.number(begin, 4) + std::string(56, '\0') + segment;
}

// A JPEG 2000 stream of one tile and plane, cut short before its first packet.
std::string jpeg2000(char side, char bits) {
  const auto word = [](int value) { return std::string{0, 0, 0, static_cast<char>(value)}; };
  const std::string size = word(side) + word(side), zero = word(0) + word(0);
  return "\xFF\x4F\xFF\x51" + std::string("\0\x29\0\0", 4) + size + zero + size + zero +
         std::string("\0\1", 2) + static_cast<char>(bits - 1) + "\1\1" +
         std::string("\xFF\x52\0\x0C\0\0\0\1\0\0\4\4\0\1\xFF\x5C\0\4\x40\x40", 20) +
         std::string("\xFF\x90\0\x0A\0\0\0\0\0\0\0\1\xFF\x93\xFF\xD9", 16);
}

// A VOI LUT of such a descriptor and data.
std::string with_lut(std::initializer_list<std::uint32_t> descriptor, const std::string& data) {
  return changed_dicom([&](DicomFile& f) {
    DicomFile item;
    item.elements.clear();
    if (descriptor.size() > 0) item.words(kDescriptor, descriptor);
    item.elements[kLutData] = {"OW", data};
    f.item(kVoiLuts, item.elements);
  });
}

std::vector<HostileFile> damaged_dicom() {
  const std::string good = DicomFile{}.bytes();
  const std::string syntaxes =
      "; expected one not compressed, JPEG, JPEG lossless, JPEG-LS, JPEG 2000 or RLE)";
  return {
      {"magic-only", good.substr(0, 132), "FILE: no picture (found no pixel data; expected some)"},
      {"cut-in-head", good.substr(0, 145),
       "FILE: truncated (found 145 bytes; expected at least 160, with a whole element)"},
      {"cut-in-element", good.substr(0, 175),
       "FILE: truncated (found 175 bytes; expected at least 178, with a whole element)"},
      {"one-byte-short", good.substr(0, good.size() - 1),
       "FILE: truncated (found 3 bytes of pixels; expected 4)"},
      {"no-pixels", without(kPixels), "FILE: no picture (found no pixel data; expected some)"},
      {"pixels-empty", changed_dicom([](DicomFile& f) { f.elements[kPixels].value = ""; }),
       "FILE: truncated (found 0 bytes of pixels; expected 4)"},
      {"length-2-to-32", good.substr(0, good.size() - 8) + "\xFE\xFF\xFF\xFF" + "abcd", ""},
      {"element-2-to-32-long", changed_dicom([](DicomFile& f) {
                                 f.elements[0x0009'0010] = {"OB", "", false};
                               }).replace(164, 4, "\xF0\xFF\xFF\xFF"),
       "FILE: truncated (found 278 bytes; expected at least 4294967448, with a whole element)"},
      {"no-representation", changed_dicom([](DicomFile& f) {
         f.elements[0x0028'0009] = {"a1", "xx"};
       }),
       "FILE: corrupt element (found no value representation at byte 194; expected two capital "
       "letters)"},
      {"text-of-undefined-length", changed_dicom([](DicomFile& f) {
         f.elements[0x0040'A160] = {"UT", "text", true};
       }),
       "FILE: corrupt element (found one of undefined length at byte 262; expected that of "
       "sequences and pixels alone)"},
      {"nested-100-deep", nested(100, true),
       "FILE: sequences nested too deeply (found more than 32 levels; expected fewer)"},
      {"nested-100000-deep", nested(100'000, true),
       "FILE: sequences nested too deeply (found more than 32 levels; expected fewer)"},
      {"sequence-without-end", nested(3, true),
       "FILE: truncated (found 326 bytes; expected at least 328, with a whole element)"},
      {"sequence-without-item", changed_dicom([](DicomFile& f) {
         f.elements[0x0008'1140] = {"SQ", f.written(0x0008'0005, {"CS", "ab"}), true};
       }),
       "FILE: corrupt sequence (found no item at byte 172; expected one)"},
      {"syntax-deflated", with_syntax("1.2.840.10008.1.2.1.99"),
       "FILE: transfer syntax that is not read (found deflated" + syntaxes},
      {"syntax-progressive", with_syntax("1.2.840.10008.1.2.4.55"),
       "FILE: transfer syntax that is not read (found JPEG progressive" + syntaxes},
      {"syntax-unknown", with_syntax("1.2.3.4"),
       "FILE: transfer syntax that is not read (found another" + syntaxes},
  };
}

std::vector<HostileFile> contradictory_dicom() {
  const std::string colours = "; expected MONOCHROME1, MONOCHROME2, RGB or YBR)";
  return {
      {"rows-0", with_word(kRows, 0), "FILE: bad rows (found 0; expected 1 to 16384)"},
      {"rows-above-limit", with_word(kRows, 16385),
       "FILE: bad rows (found 16385; expected 1 to 16384)"},
      {"no-columns", without(kColumns), "FILE: bad columns (found none; expected 1 to 16384)"},
      {"largest-without-pixels", changed_dicom([](DicomFile& f) {
         f.words(kRows, {16384});
         f.words(kColumns, {16384});
       }),
       "FILE: truncated (found 4 bytes of pixels; expected 268435456)"},
      {"palette", with_text(kColour, "CS", "PALETTE COLOR"),
       "FILE: photometric interpretation that is not read (found PALETTE COLOR" + colours},
      {"colour-unknown", with_text(kColour, "CS", "DOE^JANE"),
       "FILE: photometric interpretation that is not read (found another" + colours},
      {"no-colour", without(kColour),
       "FILE: photometric interpretation that is not read (found none" + colours},
      {"grey-of-3-samples", with_word(kSamples, 3),
       "FILE: bad samples per pixel (found 3; expected 1 to 1)"},
      {"ybr-of-12-bits", changed_dicom([](DicomFile& f) {
         f = DicomFile::deep({0, 0, 0, 0}, 12);
         f.words(kSamples, {3});
         f.text(kColour, "CS", "YBR_FULL");
       }),
       "FILE: wrong depth (found 12 bits stored of YBR_FULL; expected 8)"},
      {"1-bit", with_word(kAllocated, 1),
       "FILE: wrong depth (found 1 bits allocated; expected 8 or 16)"},
      {"32-bits", with_word(kAllocated, 32),
       "FILE: wrong depth (found 32 bits allocated; expected 8 or 16)"},
      {"floats", changed_dicom([](DicomFile& f) {
         f.elements.erase(kPixels);
         f.elements[0x7FE0'0008] = {"OF", std::string(16, '\0')};
       }),
       "FILE: floating-point pixels (found 32 bits allocated; expected 8 or 16 of whole numbers)"},
      {"stored-above-allocated", with_word(kStored, 9),
       "FILE: bad bits stored (found 9; expected 1 to 8)"},
      {"stored-0", with_word(kStored, 0), "FILE: bad bits stored (found 0; expected 1 to 8)"},
      {"high-bit-8", with_word(kHighBit, 8), "FILE: bad high bit (found 8; expected 7 to 7)"},
      {"representation-2", with_word(kSigned, 2),
       "FILE: bad pixel representation (found 2; expected 0 to 1)"},
      {"frames-0", with_text(kFrames, "IS", "0"),
       "FILE: bad number of frames (found 0; expected 1 to 1000000)"},
      {"frames-no-number", with_text(kFrames, "IS", "DOE^JANE"),
       "FILE: bad number of frames (found 0; expected 1 to 1000000)"},
      {"frames-2-to-31", with_text(kFrames, "IS", "2147483648"),
       "FILE: bad number of frames (found 2.14748e+09; expected 1 to 1000000)"},
      {"slope-0", changed_dicom([](DicomFile& f) {
         f.text(0x0028'1052, "DS", "0");
         f.text(0x0028'1053, "DS", "0");
       }),
       "FILE: bad rescaling (found slope 0; expected two numbers, slope not 0)"},
      {"slope-infinite", changed_dicom([](DicomFile& f) {
         f.text(0x0028'1052, "DS", "0");
         f.text(0x0028'1053, "DS", "1e999");
       }),
       "FILE: bad rescaling (found no number; expected two numbers, slope not 0)"},
      {"window-function", changed_dicom([](DicomFile& f) {
         f.text(0x0028'1050, "DS", "100");
         f.text(0x0028'1051, "DS", "50");
         f.text(0x0028'1056, "CS", "DOE^JANE");
       }),
       "FILE: bad VOI LUT function (found another; expected LINEAR, LINEAR_EXACT or SIGMOID)"},
      {"lut-without-descriptor", with_lut({}, "abcd"),
       "FILE: bad VOI LUT (found no descriptor; expected three numbers)"},
      {"lut-of-7-bits", with_lut({2, 0, 7}, "abcd"),
       "FILE: bad VOI LUT (found entries of 7 bits; expected 8 to 16)"},
      {"lut-cut-short", with_lut({3, 0, 16}, "abcd"),
       "FILE: truncated VOI LUT (found 4 bytes; expected 3 entries)"},
      {"lut-of-65536", with_lut({0, 0, 8}, "abcd"),
       "FILE: truncated VOI LUT (found 4 bytes; expected 65536 entries)"},
  };
}

std::vector<HostileFile> hostile_fragments() {
  return {
      {"fragments-not-compressed", compressed_as("1.2.840.10008.1.2.1", {"", "abcd"}),
       "FILE: pixels of another transfer syntax (found fragments; expected those of explicit "
       "little endian)"},
      {"compressed-without-fragments", with_syntax(kJpegLossless),
       "FILE: pixels of another transfer syntax (found no fragments; expected those of JPEG "
       "lossless of first order)"},
      {"no-fragment", compressed_as(kJpegLossless, {""}),
       "FILE: truncated (found 0 fragments of pixels; expected one for each of 1 frame)"},
      {"no-table-of-offsets", changed_dicom([](DicomFile& f) {
         f.syntax = kJpegLossless;
         f.text(kFrames, "IS", "2");
         f.fragments({"", "ab", "cd", "ef"});
       }),
       "FILE: frames that cannot be told apart (found 3 fragments for 2 frames and no table of "
       "offsets; expected one)"},
      {"bad-table-of-offsets", changed_dicom([](DicomFile& f) {
         f.syntax = kJpegLossless;
         f.text(kFrames, "IS", "2");
         f.fragments({f.number(3, 4) + f.number(20, 4), "ab", "cd", "ef"});
       }),
       "FILE: bad table of offsets (found no fragment at byte 3; expected one)"},
      {"fragments-cut-short", compressed_as(kJpegLossless, {"", "abcd"}).substr(0, 290),
       "FILE: truncated (found 290 bytes; expected at least 292, with a whole element)"},
      {"jpeg-of-nothing", compressed_as(kJpegLossless, {"", "abcd"}),
       "FILE: damaged JPEG (found no header of a frame; expected one)",
       without_library("JPEG lossless of first order", "DCMTK", "libdcmtk-dev")},
      {"jpeg-of-another-size",
       compressed_as(
           kJpegLossless,
           {"", std::string("\xFF\xD8\xFF\xC3\0\x0B\x08\x40\0\x40\0\1\1\x11\0", 15) + '\0'}),
       "FILE: another picture in its JPEG (found 16384 × 16384 of 1 plane; expected 2 × 2 of 1)",
       without_library("JPEG lossless of first order", "DCMTK", "libdcmtk-dev")},
      {"jpeg-of-17-bits",
       compressed_as(kJpegLossless,
                     {"", std::string("\xFF\xD8\xFF\xC3\0\x0B\x11\0\2\0\2\1\1\x11\0", 15) + '\0'}),
       "FILE: wrong depth of its JPEG (found 17 bits; expected 2 to 16)",
       without_library("JPEG lossless of first order", "DCMTK", "libdcmtk-dev")},
      {"jpeg-without-end",
       compressed_as(kJpegLossless,
                     {"", std::string("\xFF\xD8\xFF\xC3\0\x0B\x08\0\2\0\2\1\1\x11\0", 15) + '\0'}),
       "FILE: truncated JPEG (found no end among 16 bytes; expected one)",
       without_library("JPEG lossless of first order", "DCMTK", "libdcmtk-dev")},
      {"jpeg-of-a-header",
       compressed_as(
           kJpegLossless,
           {"", std::string("\xFF\xD8\xFF\xC3\0\x0B\x08\0\2\0\2\1\1\x11\0\xFF\xD9", 17) + '\0'}),
       "FILE: damaged JPEG lossless of first order (found what DCMTK cannot decode; expected a "
       "whole picture)",
       without_library("JPEG lossless of first order", "DCMTK", "libdcmtk-dev")},
      {"jpeg-ls-of-nothing", compressed_as("1.2.840.10008.1.2.4.80", {"", "abcd"}),
       "FILE: damaged JPEG (found no header of a frame; expected one)",
       without_library("JPEG-LS lossless", "DCMTK", "libdcmtk-dev")},
      {"rle-of-nothing", compressed_as("1.2.840.10008.1.2.5", {"", "abcd"}),
       "FILE: truncated RLE (found 4 bytes; expected its head of 64)"},
      {"rle-of-2-to-32-segments",
       compressed_as("1.2.840.10008.1.2.5", {"", std::string(64, '\xFF')}),
       "FILE: damaged RLE (found 4294967295 segments; expected 1)"},
      {"rle-segment-in-head", compressed_as("1.2.840.10008.1.2.5", {"", rle(8, "\3abcd")}),
       "FILE: damaged RLE (found segments beginning inside its head or out of order; expected "
       "them one behind the other)"},
      {"rle-segment-behind-end", compressed_as("1.2.840.10008.1.2.5", {"", rle(70, "\3abcd")}),
       "FILE: damaged RLE (found segments beginning inside its head or out of order; expected "
       "them one behind the other)"},
      {"rle-run-cut-short", compressed_as("1.2.840.10008.1.2.5", {"", rle(64, "\3abc")}),
       "FILE: truncated RLE (found 0 values in a segment; expected 4)"},
      {"rle-of-too-few",
       compressed_as("1.2.840.10008.1.2.5", {"", rle(64,
                                                     "\xFE"
                                                     "a\x80")}),
       "FILE: truncated RLE (found 3 values in a segment; expected 4)"},
      {"jpeg-2000-of-another-size", compressed_as("1.2.840.10008.1.2.4.90", {"", jpeg2000(4, 8)}),
       "FILE: another picture in its JPEG 2000 (found 4 × 4 of 1 plane; expected 2 × 2 of 1, alike "
       "in size and depth)",
       without_library("JPEG 2000", "OpenJPEG", "libopenjp2-7-dev")},
      {"jpeg-2000-of-17-bits", compressed_as("1.2.840.10008.1.2.4.90", {"", jpeg2000(2, 17)}),
       "FILE: wrong depth of its JPEG 2000 (found 17 bits; expected 1 to 16)",
       without_library("JPEG 2000", "OpenJPEG", "libopenjp2-7-dev")},
      {"largest-in-few-bytes", changed_dicom([](DicomFile& f) {
         f.syntax = "1.2.840.10008.1.2.4.90";
         f.words(kRows, {16384});
         f.words(kColumns, {16384});
         f.fragments({"", "abcd"});
       }),
       "FILE: truncated (found 4 bytes of pixels; expected at least 131072 for 16384 × 16384)"},
      {"no-item-among-fragments", changed_dicom([](DicomFile& f) {
         f.syntax = kJpegLossless;
         f.elements[kPixels] = {"OB", f.in_item("") + f.tag(0x0028'0010) + "US" + "abcdef", true};
       }),
       "FILE: corrupt pixels (found no fragment at byte 272; expected one)"},
      {"jpeg-2000-of-nothing", compressed_as("1.2.840.10008.1.2.4.90", {"", "abcd"}),
       "FILE: damaged JPEG 2000 (found no header; expected a whole picture)",
       without_library("JPEG 2000", "OpenJPEG", "libopenjp2-7-dev")},
  };
}

}  // namespace

std::vector<HostileFile> hostile_dicom() {
  std::vector<HostileFile> all = odd_dicom();
  for (auto& part : {damaged_dicom(), contradictory_dicom(), hostile_fragments()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace pellucid::test
