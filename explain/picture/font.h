// font.h: a bitmap font for the captions of pictures: the printable characters of ASCII.
#pragma once

#include <cstdint>

namespace pellucid {

inline constexpr int kGlyphWidth = 5;
inline constexpr int kGlyphHeight = 9;   // 7 above the baseline, 2 below
inline constexpr int kGlyphAdvance = 6;  // from one character to the next

// Whether the glyph of `character` has ink at (row, column); a box for anything but ASCII 32 … 126.
bool glyph_pixel(char character, int row, int column);

}  // namespace pellucid
