#include <array>
#include <cstdint>

#include "nn/data/codec/image_file.h"
#include "tests/hostile/formats.h"

namespace pellucid::test {
namespace {

using namespace std::string_literals;

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xFF);
  return bytes;
}

std::uint32_t crc(const std::string& bytes) {
  std::uint32_t c = 0xFFFFFFFF;
  for (const char byte : bytes) {
    c ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) c = c & 1 ? c >> 1 ^ 0xEDB88320 : c >> 1;
  }
  return ~c;
}

std::string chunk(const std::string& type, const std::string& body) {
  return big_endian(static_cast<std::uint32_t>(body.size())) + type + body +
         big_endian(crc(type + body));
}

// A zlib stream of one stored block.
std::string stored(const std::string& bytes) {
  std::uint32_t a = 1, b = 0;
  for (const char byte : bytes) {
    a = (a + static_cast<unsigned char>(byte)) % 65521;
    b = (b + a) % 65521;
  }
  const auto size = static_cast<std::uint16_t>(bytes.size());
  const auto two = [](unsigned value) {
    return std::string{static_cast<char>(value & 0xFF), static_cast<char>(value >> 8 & 0xFF)};
  };
  return "\x78\x01\x01"s + two(size) + two(~static_cast<unsigned>(size)) + bytes +
         big_endian(b << 16 | a);
}

const std::string kSignature = "\x89PNG\r\n\x1a\n";
const std::string kEnd = chunk("IEND", "");
// Two rows of three grey pixels, each behind its filter byte.
const std::string kRows = "\0abc\0def"s;

struct Header {
  std::uint32_t width = 3, height = 2;
  int depth = 8, colour = 0, compression = 0, filter = 0, interlace = 0;

  std::string chunk_of() const {
    std::string body = big_endian(width) + big_endian(height);
    for (const int value : {depth, colour, compression, filter, interlace})
      body += static_cast<char>(value);
    return chunk("IHDR", body);
  }
};

std::string png(const Header& header, const std::string& idat = stored(kRows)) {
  return kSignature + header.chunk_of() + chunk("IDAT", idat) + kEnd;
}

std::string with(std::string bytes, std::size_t at, char value) {
  bytes.at(at) = value;
  return bytes;
}

std::string wrong_kind(const std::string& found) {
  return "FILE: wrong kind of PNG (found " + found +
         "; expected grey of 1 to 16 bits, a palette of 1 to 8, or RGB or alpha of 8 or 16)";
}

// A grey picture with the chunks before its pixels.
std::string with_chunks(const std::string& chunks) {
  return kSignature + Header{}.chunk_of() + chunks + chunk("IDAT", stored(kRows)) + kEnd;
}

// In colour, or with what is transparent.
std::vector<HostileFile> coloured_png() {
  const std::string colours = stored("\0aaabbbccc\0dddeeefff"s),
                    places = stored("\0\0\1\2\0\2\1\0"s);
  const auto palette = [&](const std::string& chunks) {
    return kSignature + Header{.colour = 3}.chunk_of() + chunks + chunk("IDAT", places) + kEnd;
  };
  const std::string three = chunk("PLTE", "abcdefghi");
  return {
      {"colour", png({.colour = 2}, colours), ""},
      {"colours-of-palette", palette(three), ""},
      {"rgb-interlaced",
       png({.width = 1, .height = 1, .colour = 2, .interlace = 1}, stored("\0abc"s)), ""},
      {"palette-missing", palette(""),
       "FILE: corrupt PNG (found IDAT: Missing PLTE before IDAT; expected a whole PNG)"},
      {"palette-of-0", palette(chunk("PLTE", "")),
       "FILE: corrupt PNG (found Invalid palette; expected a whole PNG)"},
      {"palette-of-4-bytes", palette(chunk("PLTE", "abcd")),
       "FILE: corrupt PNG (found PLTE: invalid; expected a whole PNG)"},
      {"palette-of-257", palette(chunk("PLTE", std::string(771, 'a'))),
       "FILE: corrupt PNG (found PLTE: invalid; expected a whole PNG)"},
      {"palette-twice", palette(three + three),
       "FILE: corrupt PNG (found PLTE: duplicate; expected a whole PNG)"},
      {"palette-behind-pixels", palette("") + three,
       "FILE: corrupt PNG (found IDAT: Missing PLTE before IDAT; expected a whole PNG)"},
      {"palette-with-transparency", palette(three + chunk("tRNS", "a")), ""},
      // libpng reads it as black.
      {"place-behind-palette", palette(chunk("PLTE", "abc")), ""},
      {"colour-with-transparency",
       kSignature + Header{.colour = 2}.chunk_of() + chunk("tRNS", "\0a\0a\0a"s) +
           chunk("IDAT", colours) + kEnd,
       ""},
      {"colour-of-16-bit", png({.width = 1, .depth = 16, .colour = 2}, stored("\0aabbcc\0ddeeff"s)),
       ""},
      {"palette-of-4-bit",
       kSignature + Header{.depth = 4, .colour = 3}.chunk_of() + three +
           chunk("IDAT", stored("\0\x01\x20\0\x21\0"s)) + kEnd,
       ""},
      {"colour-of-16-bit-with-rows-of-8", png({.depth = 16, .colour = 2}, colours),
       "FILE: corrupt PNG (found Not enough image data; expected a whole PNG)"},
      {"palette-of-16-bit", png({.depth = 16, .colour = 3}), wrong_kind("16-bit palette")},
      {"colour-of-4-bit", png({.depth = 4, .colour = 2}), wrong_kind("4-bit RGB")},
      {"colour-of-5-bit", png({.depth = 5, .colour = 2}), wrong_kind("5-bit RGB")},
      {"grey-with-transparency",
       kSignature + Header{}.chunk_of() + chunk("tRNS", "\0a"s) + chunk("IDAT", stored(kRows)) +
           kEnd,
       ""},
      {"alpha-too-few-rows", png({.colour = 6}),
       "FILE: corrupt PNG (found Not enough image data; expected a whole PNG)"},
      {"grey-alpha-too-few-rows", png({.colour = 4}),
       "FILE: corrupt PNG (found Not enough image data; expected a whole PNG)"},
      {"rgb-too-few-rows", png({.colour = 2}),
       "FILE: corrupt PNG (found Not enough image data; expected a whole PNG)"},
      {"rgb-width-above-limit", png({.width = 16385, .colour = 2}),
       "FILE: bad size (found 16385 × 2; expected sides of 1 to 16384)"},
      {"alpha", png({.width = 1, .colour = 6}, stored("\0abcd\0efgh"s)), ""},
      {"alpha-of-16-bit",
       png({.width = 1, .height = 1, .depth = 16, .colour = 6}, stored("\0aabbccdd"s)), ""},
      {"alpha-of-1-bit", png({.depth = 1, .colour = 4}), wrong_kind("1-bit grey with alpha")},
      {"alpha-without-pixels", png({.width = 16384, .height = 16384, .colour = 6}),
       "FILE: truncated (found 76 bytes; expected more for 16384 × 16384)"},
      // What libpng does not believe, it leaves out.
      {"transparency-of-3-bytes", with_chunks(chunk("tRNS", "abc")), ""},
      {"transparency-in-alpha",
       kSignature + Header{.width = 1, .colour = 6}.chunk_of() + chunk("tRNS", "\0a\0b\0c"s) +
           chunk("IDAT", stored("\0abcd\0efgh"s)) + kEnd,
       ""},
      {"gamma-0", with_chunks(chunk("gAMA", std::string(4, '\0'))), ""},
      {"profile-of-nothing", with_chunks(chunk("iCCP", "")), ""},
      {"exif-empty", with_chunks(chunk("eXIf", "")), ""},
      {"exif-of-a-gigabyte", with_chunks(big_endian(1 << 30) + "eXIfII*"),
       "FILE: corrupt PNG (found the file is cut short; expected a whole PNG)"},
      {"exif-head-alone", kSignature + Header().chunk_of() + big_endian(0x40000000) + "eXIf",
       "FILE: corrupt PNG (found the file is cut short; expected a whole PNG)"},
      {"exif-without-end", with_chunks(chunk("eXIf", "II*\0\x08\0\0\0\xFF\xFF"s)), ""},
      {"exif-orientation-6",
       with_chunks(chunk("eXIf", "MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0"s)), ""},
      {"exif-orientation-0",
       with_chunks(chunk("eXIf", "MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\0\0\0"s)), ""},
  };
}

}  // namespace

std::vector<HostileFile> hostile_png() {
  const std::string plain = png({});
  const std::string head = kSignature + Header{}.chunk_of(), idat = chunk("IDAT", stored(kRows));
  const std::string adam7 = stored("\0a\0b\0c\0def"s);
  std::vector<HostileFile> files = {
      {"plain", plain, ""},
      {"interlaced", png({.interlace = 1}, adam7), ""},
      {"bytes-behind", plain + "and more", ""},
      {"text-chunk", head + chunk("tEXt", "Title\0a test"s) + idat + kEnd, ""},
      {"unknown-ancillary-chunk", head + chunk("abCd", "x") + idat + kEnd, ""},
      {"palette-in-grey", head + chunk("PLTE", "abc") + idat + kEnd, ""},
      {"signature-cut", kSignature.substr(0, 3),
       "FILE: truncated (found 3 bytes; expected a whole PNG)"},
      {"signature-only", kSignature, "FILE: truncated (found 8 bytes; expected a whole PNG)"},
      {"signature-of-text-mode", "\x89PNG\n\x1a\n" + plain.substr(8), no_image("\"?PNG????\"")},
      {"cut-in-header-length", plain.substr(0, 10),
       "FILE: truncated (found 10 bytes; expected a whole PNG)"},
      {"cut-in-header-type", plain.substr(0, 14),
       "FILE: truncated (found 14 bytes; expected a whole PNG)"},
      {"cut-in-width", plain.substr(0, 18),
       "FILE: truncated (found 18 bytes; expected a whole PNG)"},
      {"cut-in-height", plain.substr(0, 22),
       "FILE: truncated (found 22 bytes; expected a whole PNG)"},
      {"cut-in-header-checksum", plain.substr(0, 31),
       "FILE: truncated (found 31 bytes; expected a whole PNG)"},
      {"header-only", head,
       "FILE: corrupt PNG (found the file is cut short; expected a whole PNG)"},
      {"cut-in-pixels", plain.substr(0, 50),
       "FILE: corrupt PNG (found the file is cut short; expected a whole PNG)"},
      {"cut-before-end", plain.substr(0, plain.size() - 12),
       "FILE: corrupt PNG (found the file is cut short; expected a whole PNG)"},
      {"cut-in-end", plain.substr(0, plain.size() - 2),
       "FILE: corrupt PNG (found the file is cut short; expected a whole PNG)"},
      {"header-of-12-bytes", with(plain, 11, 12),
       "FILE: corrupt PNG (found no header chunk; expected IHDR first)"},
      {"header-not-first", kSignature + idat + Header{}.chunk_of() + kEnd,
       "FILE: corrupt PNG (found no header chunk; expected IHDR first)"},
      {"two-headers", head + Header{}.chunk_of() + idat + kEnd,
       "FILE: corrupt PNG (found IHDR: out of place; expected a whole PNG)"},
      {"header-checksum", with(plain, 29, 0),
       "FILE: corrupt PNG (found IHDR: CRC error; expected a whole PNG)"},
      {"pixel-checksum", with(plain, plain.size() - 16, 0),
       "FILE: corrupt PNG (found IDAT: CRC error; expected a whole PNG)"},
      {"end-checksum", with(plain, plain.size() - 1, 0),
       "FILE: corrupt PNG (found IEND: CRC error; expected a whole PNG)"},
      {"text-checksum", head + with(chunk("tEXt", "Title\0a"s), 10, '?') + idat + kEnd,
       "FILE: corrupt PNG (found tEXt: CRC error; expected a whole PNG)"},
      {"width-0", png({.width = 0}), "FILE: bad size (found 0 × 2; expected sides of 1 to 16384)"},
      {"height-0", png({.height = 0}),
       "FILE: bad size (found 3 × 0; expected sides of 1 to 16384)"},
      {"width-above-limit", png({.width = 16385}),
       "FILE: bad size (found 16385 × 2; expected sides of 1 to 16384)"},
      {"height-2-to-31", png({.height = 0x80000000}),
       "FILE: bad size (found 3 × 2147483648; expected sides of 1 to 16384)"},
      {"sides-2-to-32", png({.width = 0xFFFFFFFF, .height = 0xFFFFFFFF}),
       "FILE: bad size (found 4294967295 × 4294967295; expected sides of 1 to 16384)"},
      {"largest-without-pixels", png({.width = 16384, .height = 16384}),
       "FILE: truncated (found 76 bytes; expected more for 16384 × 16384)"},
      {"1-bit", png({.depth = 1}, stored("\0\xA0\0\x40"s)), ""},
      {"2-bit", png({.depth = 2}, stored("\0\xA0\0\x40"s)), ""},
      {"4-bit", png({.depth = 4}, stored("\0ab\0cd"s)), ""},
      {"16-bit", png({.depth = 16}, stored("\0aabbcc\0ddeeff"s)), ""},
      {"16-bit-interlaced",
       png({.width = 1, .height = 1, .depth = 16, .interlace = 1}, stored("\0ab"s)), ""},
      {"16-bit-with-rows-of-8", png({.depth = 16}),
       "FILE: corrupt PNG (found Not enough image data; expected a whole PNG)"},
      {"1-bit-without-rows", png({.depth = 1}, stored("\0\xA0"s)),
       "FILE: corrupt PNG (found Not enough image data; expected a whole PNG)"},
      {"largest-of-1-bit", png({.width = 16384, .height = 16384, .depth = 1}),
       "FILE: truncated (found 76 bytes; expected more for 16384 × 16384)"},
      {"largest-of-16-bit", png({.width = 16384, .height = 16384, .depth = 16}),
       "FILE: truncated (found 76 bytes; expected more for 16384 × 16384)"},
      {"3-bit", png({.depth = 3}), wrong_kind("3-bit grey")},
      {"rgb", png({.colour = 2}, stored("\0aaabbbccc\0dddeeefff"s)), ""},
      {"palette", kSignature + Header{.colour = 3}.chunk_of() + chunk("PLTE", "abc") + idat + kEnd,
       ""},
      {"grey-with-alpha", png({.colour = 4}, stored("\0aabbcc\0ddeeff"s)), ""},
      {"rgb-with-alpha", png({.colour = 6}),
       "FILE: corrupt PNG (found Not enough image data; expected a whole PNG)"},
      {"colour-77", png({.colour = 77}), wrong_kind("8-bit unknown")},
      {"compression-1", png({.compression = 1}),
       "FILE: corrupt PNG (found Invalid IHDR data; expected a whole PNG)"},
      {"filter-method-1", png({.filter = 1}),
       "FILE: corrupt PNG (found Invalid IHDR data; expected a whole PNG)"},
      {"interlace-2", png({.interlace = 2}),
       "FILE: corrupt PNG (found Invalid IHDR data; expected a whole PNG)"},
      {"interlaced-but-plain-rows", png({.interlace = 1}),
       "FILE: corrupt PNG (found bad adaptive filter value; expected a whole PNG)"},
      {"no-pixels", head + kEnd,
       "FILE: corrupt PNG (found IEND: out of place; expected a whole PNG)"},
      {"pixels-not-compressed", png({}, kRows),
       "FILE: corrupt PNG (found IDAT: incorrect header check; expected a whole PNG)"},
      {"too-few-rows", png({}, stored(kRows.substr(0, 4))),
       "FILE: corrupt PNG (found Not enough image data; expected a whole PNG)"},
      {"row-filter-9",
       png({}, stored("\0abc\x09"
                      "def"s)),
       "FILE: corrupt PNG (found bad adaptive filter value; expected a whole PNG)"},
      {"deflate-checksum", png({}, with(stored(kRows), stored(kRows).size() - 1, '?')),
       "FILE: corrupt PNG (found IDAT: incorrect data check; expected a whole PNG)"},
      {"unknown-critical-chunk", head + chunk("ABCD", "x") + idat + kEnd,
       "FILE: corrupt PNG (found ABCD: unhandled critical chunk; expected a whole PNG)"},
      {"chunk-type-of-digits", head + chunk("1234", "x") + idat + kEnd,
       "FILE: corrupt PNG (found [31][32][33][34]: invalid chunk type; expected a whole PNG)",
       // libpng 1.6.48
       "FILE: corrupt PNG (found [31][32][33][34]: bad header (invalid type); expected a whole "
       "PNG)"},
      {"chunk-of-2-to-31", head + big_endian(0x80000000) + "IDAT" + kEnd,
       "FILE: corrupt PNG (found PNG unsigned integer out of range; expected a whole PNG)"},
      {"gif", "GIF89a", no_image("\"GIF89a\"")},
      {"jpeg", "\xFF\xD8\xFF\xE0\0\x10JFIF"s,
       "FILE: truncated (found 10 bytes; expected a whole JPEG)"},
  };
  const std::vector<HostileFile> coloured = coloured_png();
  files.insert(files.end(), coloured.begin(), coloured.end());
  return files;
}

}  // namespace pellucid::test
