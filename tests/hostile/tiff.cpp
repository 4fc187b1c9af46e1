#include <cstdint>
#include <map>

#include "tests/hostile/formats.h"

namespace pellucid::test {
namespace {

using namespace std::string_literals;

std::string little_endian(std::uint64_t value, int size) {
  std::string bytes;
  for (int i = 0; i < size; ++i) bytes += static_cast<char>(value >> 8 * i & 255);
  return bytes;
}

// A TIFF of one page in grey, 3 × 2, with every tag open to change.
struct TiffBytes {
  std::map<int, std::vector<std::uint32_t>> tags = {
      {256, {3}}, {257, {2}}, {258, {8}}, {259, {1}},
      {262, {1}}, {273, {0}},  // where the pixels are: filled in unless it is something else
      {277, {1}}, {278, {2}}, {279, {6}}};
  std::string pixels = "abcdef";
  std::uint32_t next = 0;  // where the next page is

  std::string bytes() const {
    // Pixels first, then the values that do not fit into their entries, then the entries.
    std::string out = "II*\0"s + little_endian(0, 4) + pixels, entries;
    for (const auto& [tag, values] : tags) {
      const bool offset = tag == 273 && values[0] == 0;
      std::string body;
      for (const std::uint32_t value : values)
        body += little_endian(offset ? 8 : value, tag == 320 ? 2 : 4);
      if (body.size() > 4) {
        const std::size_t at = out.size();
        out += body;
        body = little_endian(at, 4);
      }
      const int type = tag == 320 ? 3 : 4;  // 16 bits, or 32
      entries += little_endian(static_cast<unsigned>(tag), 2) +
                 little_endian(static_cast<unsigned>(type), 2) + little_endian(values.size(), 4) +
                 body;
    }
    out.replace(4, 4, little_endian(out.size(), 4));
    return out + little_endian(tags.size(), 2) + entries + little_endian(next, 4);
  }
};

// With the tags set, or without them where there are no values.
std::string tiff(const std::map<int, std::vector<std::uint32_t>>& changes,
                 const std::string& pixels = "abcdef") {
  TiffBytes file;
  file.pixels = pixels;
  for (const auto& [tag, values] : changes) {
    if (values.empty()) file.tags.erase(tag);
    else file.tags[tag] = values;
  }
  return file.bytes();
}

std::string corrupt_tiff(const std::string& found) {
  return "FILE: corrupt TIFF (found " + found + "; expected a whole TIFF)";
}

std::string unread_tiff(const std::string& found) {
  return "FILE: wrong kind of TIFF (found " + found +
         "; expected grey, RGB, CMYK or a palette of whole numbers of 8 or 16 bits)";
}

}  // namespace

std::vector<HostileFile> hostile_tiff() {
  const std::string plain = tiff({});
  return {
      {"plain", plain, ""},
      {"bytes-behind", plain + "and more", ""},
      {"white-is-0", tiff({{262, {0}}}), ""},
      {"16-bit", tiff({{256, {1}}, {258, {16}}, {279, {4}}}), ""},
      {"1-bit", tiff({{258, {1}}, {279, {2}}}), ""},
      {"rgb", tiff({{256, {1}}, {258, {8, 8, 8}}, {262, {2}}, {277, {3}}}), ""},
      {"two-strips", tiff({{273, {8, 11}}, {278, {1}}, {279, {3, 3}}}), ""},
      {"turned", tiff({{274, {6}}}), ""},
      {"packbits",
       tiff({{259, {32773}}, {279, {4}}},
            "\xFE"
            "a\xFE"
            "b"),
       ""},
      {"unknown-tag", tiff({{60000, {7}}}), ""},
      {"signature-only", "II*\0"s, corrupt_tiff("Cannot read TIFF header")},
      {"big-signature-only", "II+\0"s, corrupt_tiff("Cannot read TIFF header")},
      {"pages-at-0", "II*\0\0\0\0\0"s, corrupt_tiff("…")},
      {"pages-behind-end", "II*\0\xFF\xFF\xFF\x7F"s, corrupt_tiff("…")},
      {"page-without-tags", "II*\0\x08\0\0\0\0\0\0\0\0\0"s, corrupt_tiff("…")},
      {"cut-in-tags", plain.substr(0, plain.size() - 40), corrupt_tiff("…")},
      {"no-width", tiff({{256, {}}}), corrupt_tiff("…")},
      {"no-height", tiff({{257, {}}}), corrupt_tiff("…")},
      {"no-strips", tiff({{273, {}}}), corrupt_tiff("…")},
      {"no-photometric", tiff({{262, {}}}),
       "FILE: corrupt TIFF (found no photometric interpretation; expected one)"},
      {"width-0", tiff({{256, {0}}}), corrupt_tiff("…")},
      {"height-0", tiff({{257, {0}}}), corrupt_tiff("…")},
      {"width-above-limit", tiff({{256, {16385}}}),
       "FILE: bad size (found 16385 × 2; expected sides of 1 to 16384)"},
      {"sides-2-to-32", tiff({{256, {0xFFFFFFFF}}, {257, {0xFFFFFFFF}}}), corrupt_tiff("…")},
      {"largest-without-pixels", tiff({{256, {16384}}, {257, {16384}}}),
       "FILE: truncated (found 128 bytes; expected more for 16384 × 16384)"},
      {"strip-behind-end", tiff({{273, {100000}}}), corrupt_tiff("…")},
      {"strip-of-2-to-32", tiff({{279, {0xFFFFFFFF}}}), ""},
      {"one-byte-short", tiff({{279, {5}}}), ""},
      {"too-few-strips", tiff({{278, {1}}, {279, {3}}}), corrupt_tiff("…")},
      {"strip-offsets-without-end", tiff({{273, std::vector<std::uint32_t>(300, 8)}}), ""},
      {"tile-0", tiff({{322, {0}}, {323, {16}}, {324, {8}}, {325, {6}}}), corrupt_tiff("…")},
      {"tile-2-to-31", tiff({{322, {0x7FFFFFF0}}, {323, {16}}, {324, {8}}, {325, {6}}}),
       "FILE: bad tile size (found 2147483632 × 16; expected sides of 1 to 16384)"},
      {"tile-largest", tiff({{322, {16384}}, {323, {16384}}, {324, {8}}, {325, {6}}}),
       "FILE: truncated (found 176 bytes; expected more for 3 × 2)"},
      {"tile-short", tiff({{322, {16}}, {323, {16}}, {324, {8}}, {325, {6}}}), corrupt_tiff("…")},
      {"float", tiff({{258, {32}}, {339, {3}}}), unread_tiff("32-bit floating point")},
      {"signed", tiff({{339, {2}}}), unread_tiff("8-bit signed numbers")},
      {"complex", tiff({{258, {64}}, {339, {6}}}), unread_tiff("sample format 6")},
      {"12-bit", tiff({{258, {12}}}), unread_tiff("12-bit samples, 1 a pixel")},
      {"32-bit", tiff({{258, {32}}}), unread_tiff("32-bit samples, 1 a pixel")},
      {"0-bit", tiff({{258, {0}}}), corrupt_tiff("…")},
      {"palette-missing", tiff({{262, {3}}}), ""},
      {"palette", tiff({{262, {3}}, {320, std::vector<std::uint32_t>(768, 7)}}), ""},
      {"palette-and-more",
       tiff({{256, {1}},
             {258, {8, 8}},
             {262, {3}},
             {277, {2}},
             {279, {4}},
             {320, std::vector<std::uint32_t>(768, 7)}}),
       unread_tiff("a palette of 8 bits, 2 samples a pixel")},
      {"rgb-of-one-sample", tiff({{262, {2}}}), unread_tiff("1 samples a pixel")},
      {"samples-0", tiff({{277, {0}}}), corrupt_tiff("…")},
      {"samples-65535", tiff({{277, {65535}}}), unread_tiff("65535 samples a pixel")},
      {"mask", tiff({{262, {4}}}), unread_tiff("a transparency mask")},
      {"ycbcr", tiff({{256, {1}}, {258, {8, 8, 8}}, {262, {6}}, {277, {3}}}),
       unread_tiff("YCbCr without JPEG")},
      {"lab", tiff({{256, {1}}, {258, {8, 8, 8}}, {262, {8}}, {277, {3}}}),
       unread_tiff("CIE L*a*b*")},
      {"logl", tiff({{262, {32844}}}), unread_tiff("LogLuv")},
      {"colour-filter", tiff({{262, {32803}}}), unread_tiff("photometric interpretation 32803")},
      {"compression-9999", tiff({{259, {9999}}}),
       unread_tiff("compression 9999, which libtiff has not")},
      {"packbits-cut",
       tiff({{259, {32773}}, {279, {2}}},
            "\xFE"
            "a"),
       corrupt_tiff("…")},
      {"deflate-of-nothing", tiff({{259, {8}}}), corrupt_tiff("…")},
      {"lzw-of-nothing", tiff({{259, {5}}}), corrupt_tiff("…")},
      {"fax-of-nothing", tiff({{258, {1}}, {259, {4}}}), corrupt_tiff("…")},
      {"jpeg-of-nothing", tiff({{259, {7}}}), corrupt_tiff("…")},
      {"next-page-behind-end", TiffBytes{.next = 0x7FFFFFFF}.bytes(), ""},
      {"next-page-is-this",
       [] {
         TiffBytes file;
         file.next = 14;
         return file.bytes();
       }(),
       ""},
  };
}

}  // namespace pellucid::test
