// text.h: cutting small text files into lines and words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pellucid {

// The lines without their ends ("\n" or "\r\n"); no empty last line for a final end of line. A byte
// order mark, with which spreadsheets begin their files, is left out.
std::vector<std::string_view> split_lines(std::string_view text);

// The words between spaces and tabs.
std::vector<std::string_view> split_words(std::string_view line);

// The character that a text which is not empty begins with; without a code, and one byte long, where that is
// not UTF-8.
struct Utf8Character {
  std::optional<std::uint32_t> code;
  std::size_t bytes = 1;
};
Utf8Character first_character(std::string_view text);
bool is_utf8(std::string_view text);

// ASCII letters in lower case, every other byte as it is.
std::string lower_case(std::string text);

// For a one-line message: control characters and what is not UTF-8 as '?', cut to 80 bytes.
std::string printable(std::string_view text);
// The same between double quotes. (As quoted(), std::quoted would take its place for a std::string.)
std::string in_quotes(std::string_view text);

}  // namespace pellucid
