#include <fmt/format.h>

#include <algorithm>

#include "apps/inspect/file_kind.h"

namespace pellucid {
namespace {

constexpr std::size_t kMostValues = 12, kShownValues = 6, kMostRows = 300;

// A file may hold anything: nothing that a terminal would obey is passed on.
std::string safe_text(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  return text;
}

std::string value_text(const Json& value) {
  if (value.is_null() || value == "") return "-";
  if (value.is_string()) return safe_text(value.get<std::string>());
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_number_float()) return fmt::format("{:.6g}", value.get<double>());
  if (!value.is_array()) return safe_text(to_text(value));
  std::string out;
  const std::size_t shown = value.size() > kMostValues ? kShownValues : value.size();
  for (std::size_t i = 0; i < shown; ++i) out += (i ? ", " : "") + value_text(value[i]);
  return shown < value.size() ? fmt::format("{}, … ({} in all)", out, value.size()) : out;
}

// Characters of UTF-8.
std::size_t length_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string key_text(std::string key) {
  std::replace(key.begin(), key.end(), '_', ' ');
  return safe_text(key);
}

// A column a key, in the order in which they come first.
std::string table(const Json& rows, const std::string& indent) {
  std::vector<std::string> columns;
  for (const Json& row : rows)
    for (const auto& [key, value] : row.items())
      if (std::find(columns.begin(), columns.end(), key) == columns.end()) columns.push_back(key);
  const std::size_t shown = std::min(rows.size(), kMostRows);
  std::vector<std::vector<std::string>> cells(shown + 1);
  for (const std::string& column : columns) {
    cells[0].push_back(key_text(column));
    for (std::size_t i = 0; i < shown; ++i)
      cells[i + 1].push_back(rows[i].contains(column) ? value_text(rows[i][column]) : "");
  }
  std::string out;
  for (const auto& row : cells) {
    std::string line = indent;
    for (std::size_t c = 0; c < row.size(); ++c) {
      std::size_t width = 0;
      for (const auto& other : cells) width = std::max(width, length_of(other[c]));
      line += row[c] + std::string(c + 1 < row.size() ? width + 2 - length_of(row[c]) : 0, ' ');
    }
    out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return shown < rows.size() ? fmt::format("{}{}… ({} in all)\n", out, indent, rows.size()) : out;
}

void tell(std::string& out, const std::string& key, const Json& value, const std::string& indent) {
  out += indent + key_text(key) + ":";
  const std::string below = indent + "  ";
  const auto all = [&](bool (Json::*is)() const noexcept) {
    return std::all_of(value.begin(), value.end(), [&](const Json& each) { return (each.*is)(); });
  };
  if (value.is_structured() && value.empty()) {
    out += " none\n";
  } else if (value.is_object()) {
    out += "\n";
    for (const auto& [name, part] : value.items()) tell(out, name, part, below);
  } else if (value.is_array() && all(&Json::is_object)) {
    out += "\n" + table(value, below);
  } else if (value.is_array() && all(&Json::is_array)) {
    out += "\n";
    for (const Json& row : value) out += below + value_text(row) + "\n";
  } else {
    out += " " + value_text(value) + "\n";
  }
}

}  // namespace

std::string inspection_text(const Json& facts) {
  std::string out;
  for (const auto& [key, value] : facts.items()) tell(out, key, value, "");
  return out;
}

}  // namespace pellucid
