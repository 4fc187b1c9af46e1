#include "tests/hostile/formats.h"

namespace pellucid::test {

using namespace std::string_literals;

std::vector<HostileFile> hostile_pgm() {
  return {
      {"plain", "P5 3 2 255\nabcdef", ""},
      {"comments", "P5\n# made by hand\n3\t2\r\n# 9 9 9\n255\nabcdef", ""},
      {"comment-at-once", "P5#x\n1 1 255 a", ""},
      {"bytes-behind", "P5 1 1 255\na and more", ""},
      {"hash-as-pixel", "P5 1 1 255\n#", ""},
      {"empty", "",
       "FILE: empty (found 0 bytes; expected a BMP of 8 bits, a binary PGM or an 8-bit grey PNG)"},
      {"one-byte", "P",
       "FILE: neither BMP, PGM nor PNG (found \"P\" first; expected \"BM\", \"P5\" or a PNG "
       "signature)"},
      {"ascii", "P2 1 1 255 7", "FILE: an ASCII PGM (found P2; expected P5, the binary form)"},
      {"colour", "P6 1 1 255 abc",
       "FILE: neither BMP, PGM nor PNG (found \"P6 1 1 2\" first; expected \"BM\", \"P5\" or a PNG "
       "signature)"},
      {"bitmap", "P4 1 1 a",
       "FILE: neither BMP, PGM nor PNG (found \"P4 1 1 a\" first; expected \"BM\", \"P5\" or a PNG "
       "signature)"},
      {"lower-case", "p5 1 1 255 a",
       "FILE: neither BMP, PGM nor PNG (found \"p5 1 1 2\" first; expected \"BM\", \"P5\" or a PNG "
       "signature)"},
      {"byte-order-mark", "\xEF\xBB\xBFP5 1 1 255 a",
       "FILE: neither BMP, PGM nor PNG (found \"﻿P5 1 \" first; expected \"BM\", \"P5\" or a PNG "
       "signature)"},
      {"blank-before", " P5 1 1 255 a",
       "FILE: neither BMP, PGM nor PNG (found \" P5 1 1 \" first; expected \"BM\", \"P5\" or a PNG "
       "signature)"},
      {"magic-only", "P5", "FILE: truncated (found 2 bytes; expected more of its header)"},
      {"magic-and-blank", "P5 ", "FILE: truncated (found 3 bytes; expected more of its header)"},
      {"no-blank-behind-magic", "P53 2 255\nabcdef",
       "FILE: not a PGM header (found '3'; expected white space before the width)"},
      {"cut-in-width", "P5 3", "FILE: truncated (found 4 bytes; expected more of its header)"},
      {"cut-behind-width", "P5 3 ", "FILE: truncated (found 5 bytes; expected more of its header)"},
      {"cut-in-height", "P5 3 2", "FILE: truncated (found 6 bytes; expected more of its header)"},
      {"cut-in-comment", "P5 3 2 # to be",
       "FILE: truncated (found 14 bytes; expected more of its header)"},
      {"cut-in-maxval", "P5 3 2 25",
       "FILE: truncated (found 9 bytes; expected more of its header)"},
      {"cut-behind-maxval", "P5 3 2 255",
       "FILE: truncated (found 10 bytes; expected more of its header)"},
      {"no-pixels", "P5 3 2 255\n",
       "FILE: truncated (found 0 bytes of pixels; expected 6 for 3 × 2)"},
      {"one-pixel-short", "P5 3 2 255\nabcde",
       "FILE: truncated (found 5 bytes of pixels; expected 6 for 3 × 2)"},
      {"width-0", "P5 0 2 255\n", "FILE: bad width (found 0; expected 1 to 16384)"},
      {"height-0", "P5 2 0 255\n", "FILE: bad height (found 0; expected 1 to 16384)"},
      {"width-above-limit", "P5 16385 1 255\n",
       "FILE: bad width (found 16385; expected 1 to 16384)"},
      {"height-above-limit", "P5 1 16385 255\n",
       "FILE: bad height (found 16385; expected 1 to 16384)"},
      {"width-2-to-32-and-1", "P5 4294967297 1 255\na",
       "FILE: bad width (found 4294967297; expected 1 to 16384)"},
      {"width-of-20-digits", "P5 99999999999999999999 2 255\n",
       "FILE: bad width (found 99999999999999999999; expected 1 to 16384)"},
      {"largest-without-pixels", "P5 16384 16384 255\nabc",
       "FILE: truncated (found 3 bytes of pixels; expected 268435456 for 16384 × 16384)"},
      {"negative-width", "P5 -3 2 255\n", "FILE: not a PGM header (found '-'; expected the width)"},
      {"plus-width", "P5 +3 2 255\n", "FILE: not a PGM header (found '+'; expected the width)"},
      {"width-with-point", "P5 3.0 2 255\n",
       "FILE: not a PGM header (found '.'; expected white space before the height)"},
      {"hexadecimal-width", "P5 0x3 2 255\n", "FILE: bad width (found 0; expected 1 to 16384)"},
      {"maxval-0", "P5 1 1 0\na", "FILE: bad maxval (found 0; expected 1 to 65535)"},
      {"maxval-1", "P5 1 1 1\na", "FILE: wrong maxval (found 1; expected 255)"},
      {"maxval-254", "P5 1 1 254\na", "FILE: wrong maxval (found 254; expected 255)"},
      {"maxval-65535", "P5 1 1 65535\naa", "FILE: wrong maxval (found 65535; expected 255)"},
      {"maxval-65536", "P5 1 1 65536\naa", "FILE: bad maxval (found 65536; expected 1 to 65535)"},
      {"no-blank-behind-maxval", "P5 1 1 255a",
       "FILE: not a PGM header (found 'a'; expected one white-space character after the maxval)"},
      {"comment-behind-maxval", "P5 1 1 255#x\na",
       "FILE: not a PGM header (found '#'; expected one white-space character after the maxval)"},
      {"zero-byte-in-header", "P5 1\0001 255\na"s,
       "FILE: not a PGM header (found byte 0; expected white space before the height)"},
      {"text-as-width", "P5 wide 1 255\na",
       "FILE: not a PGM header (found 'w'; expected the width)"},
      {"byte-255-as-height", "P5 1 \xFF 255\na",
       "FILE: not a PGM header (found byte 255; expected the height)"},
  };
}

}  // namespace pellucid::test
