#include "explain/picture/font.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "explain/picture/canvas.h"

using namespace pellucid;

namespace {

Glyph glyph_of(std::string_view text) {
  const std::vector<Glyph> glyphs = glyphs_of(text);
  REQUIRE(glyphs.size() == 1);
  return glyphs[0];
}

// A row of '#' and '.'.
std::string row_of(const Glyph& glyph, int row) {
  std::string out;
  for (int column = 0; column < kGlyphWidth; ++column) out += glyph.ink(row, column) ? '#' : '.';
  return out;
}

std::string utf8(int code) {
  return {static_cast<char>(0xC0 | code >> 6), static_cast<char>(0x80 | (code & 63))};
}

}  // namespace

TEST_CASE("every printable character of ASCII and every Latin-1 letter has a shape of its own") {
  std::vector<std::string> shapes;
  const auto add = [&](const std::string& text) {
    CAPTURE(text);
    const Glyph glyph = glyph_of(text);
    CHECK((text == " ") == (glyph == Glyph{}));
    std::string shape;
    for (int row = -kGlyphAbove; row < kGlyphHeight; ++row) shape += row_of(glyph, row);
    shapes.push_back(shape);
  };
  for (char c = 32; c < 127; ++c) add(std::string(1, c));
  for (int code = 0xC0; code <= 0xFF; ++code) add(utf8(code));
  for (const char* letter : {"ą", "ć", "č", "ę", "ğ", "ı", "ł", "ő", "œ", "ş", "š", "ű", "ż", "ž"})
    add(letter);
  std::sort(shapes.begin(), shapes.end());
  CHECK(std::adjacent_find(shapes.begin(), shapes.end()) == shapes.end());
}

TEST_CASE("an accent lies above its letter, in place of the dot of an i") {
  const Glyph a = glyph_of("a"), umlaut = glyph_of("ä"), capital = glyph_of("Ä");
  for (int row = 2; row < kGlyphHeight; ++row) CHECK(row_of(umlaut, row) == row_of(a, row));
  CHECK(row_of(umlaut, 0) == ".#.#.");
  CHECK(row_of(capital, -2) == ".#.#.");
  CHECK(row_of(capital, -1) == ".....");
  CHECK(row_of(capital, 0) == row_of(glyph_of("A"), 0));
  CHECK(row_of(glyph_of("ï"), 0) == ".#.#.");
  CHECK(row_of(glyph_of("ç"), 8) == ".##..");
  // As file systems of Apple write it: a letter, then a combining accent.
  CHECK(glyph_of("a\u0308") == umlaut);
  CHECK(glyphs_of("\u0308").size() == 6);  // of nothing
}

TEST_CASE("Cyrillic letters are drawn, capitals unlike small ones") {
  const std::string_view capitals = "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЄІЇ",
                         small = "абвгдеёжзийклмнопрстуфхцчшщъыьэюяєії";
  const std::vector<Glyph> upper = glyphs_of(capitals), lower = glyphs_of(small);
  REQUIRE(upper.size() == capitals.size() / 2);
  REQUIRE(lower.size() == upper.size());
  for (std::size_t i = 0; i < upper.size(); ++i) {
    CAPTURE(i);
    CHECK(upper[i] != lower[i]);
    for (std::size_t j = 0; j < i; ++j) {
      CHECK(upper[i] != upper[j]);
      CHECK(lower[i] != lower[j]);
    }
  }
}

TEST_CASE("what the font has not is told by its code, what is no text by a question mark") {
  CHECK(glyphs_of("正") == glyphs_of("[6B63]"));
  CHECK(glyphs_of("x\U0001F600") == glyphs_of("x[1F600]"));
  CHECK(glyphs_of("a\xE9z\n") == glyphs_of("a?z?"));
  CHECK(glyphs_of("\xC3") == glyphs_of("?"));
  CHECK(glyphs_of("“a” – b’s") == glyphs_of("\"a\" - b's"));
  CHECK(glyphs_of("").empty());
  CHECK(Canvas::text_width("äö", 2) == Canvas::text_width("ab", 2));
}

TEST_CASE("text is drawn with its accents, and none of it outside the canvas") {
  const auto drawn = [](std::string_view text) {
    Canvas canvas(20, 20, {0, 0, 0});
    canvas.text(2, 8, text, {255, 255, 255});
    canvas.text(-3, -3, text, {255, 255, 255});
    canvas.text(18, 18, text, {255, 255, 255});
    return canvas.pixels();
  };
  CHECK(drawn("A") != drawn("Ä"));
  CHECK(drawn("Ä") == drawn("A\u0308"));
}
