// csv.h: tables of comma-separated values, as RFC 4180 has them: fields in double quotes may hold commas, quotes
// (doubled) and line ends; a byte order mark before the header is left out, lines may end in "\n" or "\r\n".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pellucid {

inline constexpr std::size_t kCsvMaxColumns = 1000;

struct CsvTable {
  struct Row {
    std::size_t line = 0;             // on which it begins, from 1
    std::vector<std::string> fields;  // as many as the header has
  };
  std::vector<std::string> header;
  std::vector<Row> rows;

  // The column of this name, where there is one.
  std::optional<std::size_t> column(std::string_view name) const;
};

// `name` stands for the file in the errors. Blank lines are left out. Throws Error "NAME:LINE: WHAT (found …;
// expected …)" for a file without a line, a quote that is not closed or stands inside a field, a row of more
// or fewer fields than the header, a column that comes twice, or more than kCsvMaxColumns.
CsvTable parse_csv(std::string_view text, const std::string& name);

// A line of such a table with its end: fields that need quotes get them.
std::string csv_line(const std::vector<std::string>& fields);

}  // namespace pellucid
