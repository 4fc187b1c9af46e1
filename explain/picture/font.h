// font.h: a bitmap font for the captions of pictures: ASCII and the letters of Latin scripts
// and of Cyrillic ones.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace pellucid {

inline constexpr int kGlyphWidth = 5;
inline constexpr int kGlyphHeight = 9;   // 7 above the baseline, 2 below
inline constexpr int kGlyphAbove = 3;    // rows above these, for the accents of capitals
inline constexpr int kGlyphAdvance = 6;  // from one character to the next

struct Glyph {
  std::array<std::uint8_t, kGlyphAbove + kGlyphHeight> rows{};  // bit c is column c

  // Whether there is ink at a row from −kGlyphAbove and a column from 0.
  bool ink(int row, int column) const {
    return rows[static_cast<std::size_t>(kGlyphAbove + row)] >> column & 1;
  }
  bool operator==(const Glyph&) const = default;
};

// The glyphs of a text in UTF-8, each as wide as the others. A letter may carry a combining accent. What the
// font has no glyph for is told by its code, "[6B63]"; control characters and what is no UTF-8 are "?".
std::vector<Glyph> glyphs_of(std::string_view text);

}  // namespace pellucid
