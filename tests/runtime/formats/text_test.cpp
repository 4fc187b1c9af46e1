#include "runtime/formats/text.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "runtime/formats/nearest.h"
#include "runtime/random.h"

using namespace pellucid;

namespace {

using Views = std::vector<std::string_view>;

// Up to `most` characters of `alphabet`.
std::string drawn(std::uint64_t seed, std::uint64_t stream, std::string_view alphabet,
                  std::uint32_t most) {
  std::string text(random_below({seed, stream}, 0, most + 1), ' ');
  for (std::size_t i = 0; i < text.size(); ++i)
    text[i] =
        alphabet[random_below({seed, stream}, i + 1, static_cast<std::uint32_t>(alphabet.size()))];
  return text;
}

// The definition, without memory of what was computed.
std::size_t distance(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return a.size() + b.size();
  const std::size_t replaced = distance(a.substr(1), b.substr(1)) + (a[0] != b[0]);
  return std::min({replaced, distance(a.substr(1), b) + 1, distance(a, b.substr(1)) + 1});
}

}  // namespace

TEST_CASE("text: lines of every ending, and no line behind the last end") {
  CHECK(split_lines("") == Views{});
  CHECK(split_lines("\n") == Views{""});
  CHECK(split_lines("a") == Views{"a"});
  CHECK(split_lines("a\n") == Views{"a"});
  CHECK(split_lines("a\r\nb\r\n") == Views{"a", "b"});
  CHECK(split_lines("a\n\nb") == Views{"a", "", "b"});
  CHECK(split_lines("\xEF\xBB\xBF"
                    "a\nb") == Views{"a", "b"});
  CHECK(split_lines("a\rb\n") == Views{"a\rb"});  // a carriage return alone ends nothing
}

TEST_CASE("text: lines put together again are the text") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const std::string text = drawn(seed, 1, "ab \n\n", 30);
    CAPTURE(text);
    std::string together;
    for (const std::string_view line : split_lines(text)) {
      CHECK(line.find('\n') == std::string_view::npos);
      together += std::string(line) + "\n";
    }
    CHECK((text == together || text + "\n" == together));
  }
}

TEST_CASE("text: words are what stands between spaces and tabs") {
  CHECK(split_words("") == Views{});
  CHECK(split_words(" \t ") == Views{});
  CHECK(split_words(" a\tbc  d ") == Views{"a", "bc", "d"});
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const std::string line = drawn(seed, 2, "ab \t", 20);
    CAPTURE(line);
    std::string letters, together;
    for (const char c : line)
      if (c != ' ' && c != '\t') letters += c;
    for (const std::string_view word : split_words(line)) {
      CHECK(!word.empty());
      CHECK(word.find_first_of(" \t") == std::string_view::npos);
      together += word;
    }
    CHECK(together == letters);
    std::string wide = " " + line + "\t";
    CHECK(split_words(wide).size() == split_words(line).size());
  }
}

TEST_CASE("text: what is printed is one short line of UTF-8, whatever the bytes") {
  CHECK(printable("mdb001 ä €") == "mdb001 ä €");
  CHECK(printable("a\nb\tc\x7F") == "a?b?c?");
  CHECK(printable(std::string("a\0b", 3)) == "a?b");
  CHECK(in_quotes("x") == "\"x\"");
  const std::string bytes = "a\n\x80\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\xFF";
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const std::string text = printable(drawn(seed, 3, bytes, 120));
    CAPTURE(seed);
    for (const char c : text) CHECK((static_cast<unsigned char>(c) >= 0x20 && c != 0x7F));
    CHECK(text.size() <= 84);  // 80 bytes and what says that there is more
    CHECK(printable(text) == text);
  }
}

TEST_CASE("nearest: the distance is the definition's, and a metric") {
  for (std::uint64_t seed = 0; seed < 120; ++seed) {
    const std::string a = drawn(seed, 4, "abc", 5), b = drawn(seed, 5, "abc", 5),
                      c = drawn(seed, 6, "abc", 5);
    CAPTURE(a);
    CAPTURE(b);
    CHECK(edit_distance(a, b) == distance(a, b));
    CHECK(edit_distance(a, b) == edit_distance(b, a));
    CHECK((edit_distance(a, b) == 0) == (a == b));
    CHECK(edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c));
    const std::vector<std::string> names{a, b};
    const std::string& nearest = distance(c, b) < distance(c, a) ? b : a;
    CHECK(nearest_name(c, names) == nearest);
  }
}
