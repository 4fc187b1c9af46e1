#include "nn/data/mias/mias_info.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "runtime/error.h"
#include "runtime/formats/text.h"

namespace pellucid {
namespace {

constexpr std::array<std::string_view, 7> kAbnormalities = {"CALC", "CIRC", "SPIC", "MISC",
                                                            "ARCH", "ASYM", "NORM"};

bool is_id(std::string_view word) {
  return word.size() == 6 && word.starts_with("mdb") &&
         std::all_of(word.begin() + 3, word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The number of a whole word, 0 … kMiasMaxPixel; −1 for anything else.
int parse_pixel(std::string_view word) {
  int value = -1;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  const bool whole = error == std::errc() && end == word.data() + word.size();
  return whole && value >= 0 && value <= kMiasMaxPixel ? value : -1;
}

// Nothing if the row does not follow "ID TISSUE NORM" or "ID TISSUE CLASS SEVERITY [X Y RADIUS]",
// where "*NOTE 3*" may stand for the coordinates.
std::optional<MiasRow> parse_row(std::string_view line) {
  const std::vector<std::string_view> words = split_words(line);
  if (words.size() < 3 || !is_id(words[0])) return std::nullopt;
  if (words[1] != "F" && words[1] != "G" && words[1] != "D") return std::nullopt;
  if (std::find(kAbnormalities.begin(), kAbnormalities.end(), words[2]) == kAbnormalities.end())
    return std::nullopt;
  MiasRow row{std::string(words[0]), words[1][0], std::string(words[2]), 0, std::nullopt};
  if (row.abnormality == "NORM") return words.size() == 3 ? std::optional(row) : std::nullopt;

  if (words.size() < 4 || (words[3] != "B" && words[3] != "M")) return std::nullopt;
  row.severity = words[3][0];
  if (words.size() == 4) return row;
  if (words.size() == 6 && words[4] == "*NOTE" && words[5] == "3*") return row;
  if (words.size() != 7) return std::nullopt;
  row.lesion = {parse_pixel(words[4]), parse_pixel(words[5]), parse_pixel(words[6])};
  if (row.lesion->x < 0 || row.lesion->y < 0 || row.lesion->radius < 1) return std::nullopt;
  return row;
}

}  // namespace

std::vector<MiasRow> parse_mias_info(std::string_view text, const std::string& name) {
  std::vector<MiasRow> rows;
  bool in_table = false;
  const std::vector<std::string_view> lines = split_lines(text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    in_table = in_table || lines[i].starts_with("mdb");
    if (!in_table || split_words(lines[i]).empty()) continue;
    if (lines[i].starts_with("=")) break;
    const std::optional<MiasRow> row = parse_row(lines[i]);
    if (!row)
      fail(name, ":", i + 1, ": unreadable row (found ", in_quotes(lines[i]),
           "; expected \"ID TISSUE NORM\" or \"ID TISSUE CLASS SEVERITY [X Y RADIUS]\")");
    rows.push_back(*row);
  }
  if (rows.empty()) fail(name, ": no label row (found none; expected rows that start with mdbNNN)");
  return rows;
}

}  // namespace pellucid
