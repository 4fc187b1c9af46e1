#include "tests/hostile/formats.h"

namespace pellucid::test {
namespace {

using namespace std::string_literals;

std::string two_bytes(unsigned value) {
  return {static_cast<char>(value >> 8 & 255), static_cast<char>(value & 255)};
}

std::string segment(char marker, const std::string& body) {
  return "\xFF"s + marker + two_bytes(static_cast<unsigned>(body.size()) + 2) + body;
}

// A JPEG in which every block is mid-grey, with every field of its frame open to change.
struct JpegFile {
  char marker = '\xC0';
  unsigned precision = 8, width = 8, height = 8, components = 1;
  char sampling = '\x11';
  std::string before = {};  // segments behind the first marker
  // One code of one bit each: no difference from the block before, and no more coefficients.
  std::string tables = segment('\xDB', "\0"s + std::string(64, '\1')) +
                       segment('\xC4', "\0\1"s + std::string(15, '\0') + "\0"s) +
                       segment('\xC4', "\x10\1"s + std::string(15, '\0') + "\0"s);
  std::string scan_end = "\0\x3F\0"s;  // coefficients 0 to 63, at once
  std::string pixels = "\x3F";         // 0, 0, and padding
  std::string end = "\xFF\xD9";

  std::string bytes() const {
    std::string frame{static_cast<char>(precision)}, scan{static_cast<char>(components)};
    frame += two_bytes(height) + two_bytes(width) + static_cast<char>(components);
    for (unsigned c = 1; c <= components; ++c) {
      frame += static_cast<char>(c) + ""s + (c == 1 ? sampling : '\x11') + '\0';
      scan += static_cast<char>(c) + "\0"s;
    }
    return "\xFF\xD8" + before + tables + segment(marker, frame) +
           segment('\xDA', scan + scan_end) + pixels + end;
  }
};

std::string corrupt(const std::string& found) {
  return "FILE: corrupt JPEG (found " + found + "; expected a whole JPEG)";
}

std::string unread(const std::string& found) {
  return "FILE: wrong kind of JPEG (found " + found +
         "; expected baseline or progressive of 8 bits)";
}

// EXIF with an orientation, or what the body says.
std::string exif(const std::string& tiff) { return segment('\xE1', "Exif\0\0"s + tiff); }

// Each coefficient in two scans of its own, behind the first scan of all blocks: 127 in all.
std::string scans_of_coefficients() {
  std::string out;
  for (const char bits : {'\1', '\x10'})
    for (char k = 1; k < 64; ++k) out += segment('\xDA', "\1\1\0"s + k + k + bits) + "\x7F";
  return out;
}

std::vector<HostileFile> read_jpegs() {
  const std::string plain = JpegFile{}.bytes();
  const std::string turned = "II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0"s;
  return {
      {"plain", plain, ""},
      {"bytes-behind", plain + "and more", ""},
      {"extended", JpegFile{.marker = '\xC1'}.bytes(), ""},
      {"colour", JpegFile{.components = 3, .pixels = "\x03"}.bytes(), ""},
      {"halved-colour",
       JpegFile{.width = 16, .height = 16, .components = 3, .sampling = '\x22', .pixels = "\0\x0F"s}
           .bytes(),
       ""},
      {"four-components", JpegFile{.components = 4, .pixels = "\0"s}.bytes(), ""},
      {"adobe",
       JpegFile{
           .components = 4, .before = segment('\xEE', "Adobe\0\x64\0\0\0\0\0"s), .pixels = "\0"s}
           .bytes(),
       ""},
      {"comment", JpegFile{.before = segment('\xFE', "a test")}.bytes(), ""},
      {"fill-before-marker", JpegFile{.before = "\xFF\xFF" + segment('\xFE', "x")}.bytes(), ""},
      {"profile", JpegFile{.before = segment('\xE2', "ICC_PROFILE\0\1\1x"s)}.bytes(), ""},
      {"turned", JpegFile{.before = exif(turned)}.bytes(), ""},
      {"exif-empty", JpegFile{.before = exif("")}.bytes(), ""},
      {"exif-cut", JpegFile{.before = exif(turned.substr(0, 15))}.bytes(), ""},
      {"exif-far", JpegFile{.before = exif("II*\0\xFF\xFF\xFF\xFF"s)}.bytes(), ""},
      {"exif-many-entries", JpegFile{.before = exif("MM\0*\0\0\0\x08\xFF\xFF"s)}.bytes(), ""},
      {"exif-orientation-9",
       JpegFile{.before = exif("MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\x09\0\0"s)}.bytes(), ""},
  };
}

}  // namespace

std::vector<HostileFile> hostile_jpeg() {
  const std::string plain = JpegFile{}.bytes();
  std::vector<HostileFile> files = read_jpegs();
  const std::vector<HostileFile> malformed = {
      {"start-only", "\xFF\xD8\xFF", "FILE: truncated (found 3 bytes; expected a whole JPEG)"},
      {"start-without-marker", "\xFF\xD8", no_image("\"??\"")},
      {"cut-in-segment", plain.substr(0, 30),
       "FILE: truncated (found 30 bytes; expected a whole JPEG)"},
      {"cut-in-frame", plain.substr(0, plain.size() - 14), corrupt("Premature end of JPEG file")},
      {"cut-in-scan", plain.substr(0, plain.size() - 3), corrupt("Premature end of JPEG file")},
      {"no-end", JpegFile{.end = ""}.bytes(), corrupt("Premature end of JPEG file")},
      {"no-pixels", JpegFile{.pixels = ""}.bytes(),
       corrupt("Corrupt JPEG data: premature end of data segment")},
      {"too-few-pixels", JpegFile{.height = 64}.bytes(),
       corrupt("Corrupt JPEG data: premature end of data segment")},
      {"too-many-pixels", JpegFile{.pixels = "\x3F" + std::string(99, 'x')}.bytes(), corrupt("…")},
      {"no-tables", JpegFile{.tables = ""}.bytes(),
       corrupt("Quantization table 0x00 was not defined")},
      {"no-marker-in-header", JpegFile{.before = segment('\xFE', "") + "xx"}.bytes(),
       "FILE: corrupt JPEG (found byte 120 at 6; expected a marker)"},
      {"segment-of-0", JpegFile{.before = "\xFF\xFE\0\0"s}.bytes(),
       "FILE: corrupt JPEG (found a segment of 0 bytes; expected at least 2)"},
      {"segment-behind-end", JpegFile{.before = "\xFF\xFE\xFF\xFF"s}.bytes(),
       "FILE: truncated (found 145 bytes; expected a whole JPEG)"},
      {"scan-before-frame", "\xFF\xD8" + segment('\xDA', "\1\1\0\0\x3F\0"s),
       "FILE: corrupt JPEG (found no frame header; expected one before the pixels)"},
      {"end-before-frame", "\xFF\xD8\xFF\xD9",
       "FILE: corrupt JPEG (found no frame header; expected one before the pixels)"},
      {"two-frames", JpegFile{.before = segment('\xC0', "\x08\0\x08\0\x08\1\1\x11\0"s)}.bytes(),
       corrupt("Invalid JPEG file structure: two SOF markers")},
      {"12-bit", JpegFile{.marker = '\xC1', .precision = 12}.bytes(), unread("12 bits")},
      {"lossless", JpegFile{.marker = '\xC3'}.bytes(), unread("lossless")},
      {"hierarchical", JpegFile{.marker = '\xC5'}.bytes(), unread("hierarchical")},
      {"arithmetic", JpegFile{.marker = '\xC9'}.bytes(), unread("arithmetic coding")},
      {"arithmetic-progressive", JpegFile{.marker = '\xCA'}.bytes(), unread("arithmetic coding")},
      {"jpeg-ls", JpegFile{.marker = '\xF7'}.bytes(),
       "FILE: corrupt JPEG (found no frame header; expected one before the pixels)"},
      {"width-0", JpegFile{.width = 0}.bytes(),
       "FILE: bad size (found 0 × 8; expected sides of 1 to 16384)"},
      {"height-0", JpegFile{.height = 0}.bytes(),
       "FILE: bad size (found 8 × 0; expected sides of 1 to 16384)"},
      {"width-above-limit", JpegFile{.width = 16385}.bytes(),
       "FILE: bad size (found 16385 × 8; expected sides of 1 to 16384)"},
      {"sides-2-to-16", JpegFile{.width = 65535, .height = 65535}.bytes(),
       "FILE: bad size (found 65535 × 65535; expected sides of 1 to 16384)"},
      {"largest-without-pixels", JpegFile{.width = 16384, .height = 16384}.bytes(),
       "FILE: truncated (found 141 bytes; expected more for 16384 × 16384)"},
      {"no-components", JpegFile{.components = 0}.bytes(),
       "FILE: wrong kind of JPEG (found 0 components; expected 1, grey, 3, colour, or 4, CMYK)"},
      {"two-components", JpegFile{.components = 2}.bytes(),
       "FILE: wrong kind of JPEG (found 2 components; expected 1, grey, 3, colour, or 4, CMYK)"},
      {"sampling-0", JpegFile{.sampling = '\0'}.bytes(), corrupt("Bogus sampling factors")},
      {"sampling-5", JpegFile{.sampling = '\x55'}.bytes(), corrupt("Bogus sampling factors")},
      {"progressive-at-once", JpegFile{.marker = '\xC2'}.bytes(),
       corrupt("Invalid progressive parameters Ss=0 Se=63 Ah=0 Al=0")},
      {"scans-without-end",
       JpegFile{.marker = '\xC2', .scan_end = "\0\0\0"s, .pixels = "\x7F" + scans_of_coefficients()}
           .bytes(),
       corrupt("more than 100 scans")},
      {"huffman-table-too-long",
       JpegFile{.tables = segment('\xC4', "\0"s + std::string(16, '\xFF'))}.bytes(),
       corrupt("Bogus Huffman table definition")},
  };
  files.insert(files.end(), malformed.begin(), malformed.end());
  return files;
}

}  // namespace pellucid::test
