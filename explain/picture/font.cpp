#include "explain/picture/font.h"

#include <fmt/format.h>

#include <cctype>
#include <map>
#include <string>

#include "explain/picture/glyphs.h"
#include "runtime/formats/text.h"

namespace pellucid {
namespace {

void add(Glyph& glyph, std::string_view ink, int top) {
  std::size_t row = static_cast<std::size_t>(kGlyphAbove + top);
  int column = 0;
  for (const char c : ink) {
    if (c == '#') glyph.rows[row] |= static_cast<std::uint8_t>(1 << column);
    ++column;
    if (c == ' ') ++row, column = 0;
  }
}

Glyph plain(char ascii) {
  Glyph glyph;
  add(glyph, kAscii[static_cast<std::size_t>(ascii - ' ')], 0);
  return glyph;
}

Glyph accented(char letter, const Mark& mark) {
  constexpr std::string_view kAscending = "bdfhklt";
  const bool tall = std::isupper(static_cast<unsigned char>(letter)) ||
                    kAscending.find(letter) != std::string_view::npos;
  Glyph glyph = plain(letter);
  if (!mark.above.empty() && (letter == 'i' || letter == 'j'))  // in place of its dot
    for (int row = 0; row < 2; ++row) glyph.rows[static_cast<std::size_t>(kGlyphAbove + row)] = 0;
  add(glyph, mark.above, tall ? -kGlyphAbove : -1);
  add(glyph, mark.below, 7);
  if (mark.name == '=') add(glyph, mark.across, letter == 'D' || letter == 'T' ? 3 : 1);
  else add(glyph, mark.across, tall ? 2 : 3);
  return glyph;
}

const Mark& mark_named(char name) {
  const Mark* mark = kMarks;
  while (mark->name != name) ++mark;
  return *mark;
}

std::map<char32_t, Glyph> all_glyphs() {
  std::map<char32_t, Glyph> out;
  for (char c = ' '; c <= '~'; ++c) out[static_cast<char32_t>(c)] = plain(c);
  for (const auto& [code, ink] : kOthers) add(out[code], ink, 0);
  for (const auto& [code, ink] : kCyrillic) add(out[code], ink, 0);
  for (std::size_t i = 0; i < kAccented.size(); i += 2)
    if (kAccented[i] != ' ')
      out[kFirstAccented + static_cast<char32_t>(i / 2)] =
          accented(kAccented[i], mark_named(kAccented[i + 1]));
  for (const auto& [code, like] : kAlike) out[code] = out.at(like);
  return out;
}

// The character that `text` begins with, which is taken off it; 0 if it begins with none.
char32_t next_character(std::string_view& text) {
  const auto [code, bytes] = first_character(text);
  text.remove_prefix(bytes);
  return code.value_or(0);
}

}  // namespace

std::vector<Glyph> glyphs_of(std::string_view text) {
  static const std::map<char32_t, Glyph> glyphs = all_glyphs();
  std::vector<Glyph> out;
  char letter = 0;  // the last glyph, if that is one of ASCII
  while (!text.empty()) {
    const char32_t code = next_character(text);
    const Mark* mark = nullptr;
    for (const Mark& each : kMarks)
      if (code != 0 && each.combining == code) mark = &each;
    if (mark && letter) out.back() = accented(letter, *mark);
    else if (const auto found = glyphs.find(code); found != glyphs.end())
      out.push_back(found->second);
    else if (code < ' ' || code == 0x7F) out.push_back(plain('?'));
    else
      for (const char c : fmt::format("[{:04X}]", static_cast<std::uint32_t>(code)))
        out.push_back(plain(c));
    letter = code < 0x7F && std::isalpha(static_cast<int>(code)) ? static_cast<char>(code) : '\0';
  }
  return out;
}

}  // namespace pellucid
