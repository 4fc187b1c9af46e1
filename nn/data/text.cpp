#include "nn/data/text.h"

namespace pellucid {

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
  }
  return lines;
}

std::vector<std::string_view> split_words(std::string_view line) {
  constexpr std::string_view kBlanks = " \t";
  std::vector<std::string_view> words;
  for (std::size_t start = 0;;) {
    start = line.find_first_not_of(kBlanks, start);
    if (start == std::string_view::npos) return words;
    const std::size_t end = line.find_first_of(kBlanks, start);
    words.push_back(line.substr(start, end - start));
    if (end == std::string_view::npos) return words;
    start = end;
  }
}

std::string quoted(std::string_view text) {
  constexpr std::size_t kLongest = 80;
  std::string result = "\"";
  for (const char c : text.substr(0, kLongest))
    result += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
  return result + (text.size() > kLongest ? "…\"" : "\"");
}

}  // namespace pellucid
