#include <array>
#include <cstdint>

#include "tests/hostile/bmp_file.h"
#include "tests/hostile/formats.h"

namespace pellucid::test {
namespace {

template <class Change>
std::string changed(const Change& change) {
  BmpFile file;
  change(file);
  return file.bytes();
}

// 2 × 2 pixels of 16 bits, with the masks of red, green and blue.
std::string fields(const std::array<std::uint32_t, 3>& masks) {
  BmpFile file{.bits = 16, .compression = 3, .colours = 0, .offset = 66};
  file.palette.clear();
  for (const std::uint32_t mask : masks)
    for (int shift = 0; shift < 32; shift += 8)
      file.palette += static_cast<char>(mask >> shift & 255);
  return file.bytes();
}

}  // namespace

std::vector<HostileFile> hostile_bmp() {
  const std::string good = BmpFile{}.bytes();
  return {
      {"grey-palette", good, ""},
      {"first-row-first", changed([](BmpFile& f) { f.height = -2; }), ""},
      {"bytes-behind", good + "and more", ""},
      {"magic-only", "BM",
       "FILE: truncated (found 2 bytes; expected at least 18, with its header)"},
      {"cut-in-header", good.substr(0, 40),
       "FILE: truncated (found 40 bytes; expected at least 50, with its header)"},
      {"cut-in-palette", good.substr(0, 60),
       "FILE: truncated (found 60 bytes; expected at least 70, with its palette)"},
      {"one-byte-short", good.substr(0, good.size() - 1),
       "FILE: truncated (found 77 bytes; expected at least 78, with its pixels)"},
      {"header-of-os2", changed([](BmpFile& f) { f.header = 12; }),
       "FILE: bad height (found 0; expected 1 to 16384)"},
      {"header-of-2-to-32", changed([](BmpFile& f) { f.header = 0xFFFFFFFF; }),
       "FILE: not a Windows bitmap (found an information header of 4294967295 bytes; expected 12, "
       "40, 52, 56, 64, 108 or 124)"},
      {"width-0", changed([](BmpFile& f) { f.width = 0; }),
       "FILE: bad width (found 0; expected 1 to 16384)"},
      {"width-negative", changed([](BmpFile& f) { f.width = -2; }),
       "FILE: bad width (found -2; expected 1 to 16384)"},
      {"width-above-limit", changed([](BmpFile& f) { f.width = 16385; }),
       "FILE: bad width (found 16385; expected 1 to 16384)"},
      {"height-0", changed([](BmpFile& f) { f.height = 0; }),
       "FILE: bad height (found 0; expected 1 to 16384)"},
      {"height-least", changed([](BmpFile& f) { f.height = INT32_MIN; }),
       "FILE: bad height (found -2147483648; expected 1 to 16384)"},
      {"largest-without-pixels", changed([](BmpFile& f) { f.width = f.height = 16384; }),
       "FILE: truncated (found 78 bytes; expected at least 268435526, with its pixels)"},
      {"1-bit", changed([](BmpFile& f) { f.bits = 1; }),
       "FILE: bad palette (found 4 colours; expected at most 2)"},
      {"32-bits", changed([](BmpFile& f) { f.bits = 32; }),
       "FILE: truncated (found 78 bytes; expected at least 86, with its pixels)"},
      {"compressed", changed([](BmpFile& f) { f.compression = 1; }),
       "FILE: compressed (found RLE8; expected none)"},
      {"2-bits", changed([](BmpFile& f) { f.bits = 2; }),
       "FILE: wrong depth (found 2 bits a pixel; expected 1, 4, 8, 16, 24 or 32)"},
      {"png-inside", changed([](BmpFile& f) { f.compression = 5; }),
       "FILE: compressed (found PNG; expected none)"},
      {"compressed-unknown", changed([](BmpFile& f) { f.compression = 99; }),
       "FILE: compressed (found an unknown method; expected none)"},
      {"fields-of-8-bits", changed([](BmpFile& f) { f.compression = 3; }),
       "FILE: compressed (found bit fields; expected none)"},
      {"fields-565", fields({0xF800, 0x7E0, 0x1F}), ""},
      {"fields-empty", fields({0xF800, 0, 0x1F}),
       "FILE: bad bit fields (found the mask 0; expected 1 to 8 bits in a row for each colour)"},
      {"fields-with-gap", fields({0xF800, 0x505, 0x1F}),
       "FILE: bad bit fields (found the mask 1285; expected 1 to 8 bits in a row for each colour)"},
      {"fields-of-10-bits", fields({0x3FF, 0x7E0, 0x1F}),
       "FILE: bad bit fields (found the mask 1023; expected 1 to 8 bits in a row for each colour)"},
      {"fields-cut", fields({0xF800, 0x7E0, 0x1F}).substr(0, 60),
       "FILE: truncated (found 60 bytes; expected at least 62, with its header)"},
      {"palette-of-257", changed([](BmpFile& f) { f.colours = 257; }),
       "FILE: bad palette (found 257 colours; expected at most 256)"},
      {"palette-of-256-cut", changed([](BmpFile& f) { f.colours = 0; }),
       "FILE: truncated (found 78 bytes; expected at least 1078, with its palette)"},
      {"pixels-inside-header", changed([](BmpFile& f) { f.offset = 10; }),
       "FILE: pixels inside the header (found offset 10; expected at least 70)"},
      {"offset-2-to-32", changed([](BmpFile& f) { f.offset = 0xFFFFFFFF; }),
       "FILE: truncated (found 78 bytes; expected at least 4294967303, with its pixels)"},
      {"colour-out-of-palette", changed([](BmpFile& f) { f.pixels[4] = 4; }),
       "FILE: bad pixel (found colour 4; expected one of 4)"},
      {"palette-of-colours", changed([](BmpFile& f) { f.palette[4] = 1; }), ""},
      {"24-bits", changed([](BmpFile& f) {
         f.bits = 24;
         f.palette.clear();
         f.offset = 54;
         f.pixels = std::string(16, 'x');
       }),
       ""},
  };
}

}  // namespace pellucid::test
