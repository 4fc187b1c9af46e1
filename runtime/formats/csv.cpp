#include "runtime/formats/csv.h"

#include <algorithm>

#include "runtime/error.h"
#include "runtime/formats/text.h"

namespace pellucid {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

class CsvReader {
 public:
  CsvReader(std::string_view text, const std::string& name) : text_(text), name_(name) {
    if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
  }

  bool at_end() const { return at_ >= text_.size(); }

  CsvTable::Row row() {
    CsvTable::Row row{line_, {}};
    do {
      if (row.fields.size() == kCsvMaxColumns)
        fail_at(row.line, concat("too many columns (found more than ", kCsvMaxColumns,
                                 "; expected at most so many)"));
      row.fields.push_back(field());
    } while (take(','));
    take('\r');
    if (take('\n')) ++line_;
    return row;
  }

  [[noreturn]] void fail_at(std::size_t line, const std::string& what) const {
    fail(name_, ":", line, ": ", what);
  }

 private:
  bool take(char c) {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  // Whether the line ends here: "\n", "\r\n" or the end of the text.
  bool ends() const {
    const std::string_view rest = text_.substr(std::min(at_, text_.size()));
    return rest.empty() || rest[0] == '\n' || rest.starts_with("\r\n") || rest == "\r";
  }

  std::string field() {
    if (take('"')) return quoted();
    const std::size_t begin = at_;
    while (!ends() && text_[at_] != ',') ++at_;
    const std::string_view value = text_.substr(begin, at_ - begin);
    if (value.find('"') != value.npos)
      fail_at(line_, concat("a quote inside a field (found ", in_quotes(value),
                            "; expected quotes around all of it)"));
    return std::string(value);
  }

  std::string quoted() {
    const std::size_t first_line = line_;
    std::string value;
    for (;;) {
      if (at_end())
        fail_at(first_line, concat("a quote that is not closed (found ", in_quotes(value),
                                   "; expected a quote at the field's end)"));
      const char c = text_[at_++];
      if (c == '\n') ++line_;
      if (c != '"') value += c;
      else if (take('"')) value += '"';
      else break;
    }
    if (!ends() && text_[at_] != ',')
      fail_at(line_, concat("text behind a quoted field (found ",
                            in_quotes(text_.substr(at_, text_.find('\n', at_) - at_)),
                            "; expected a comma)"));
    return value;
  }

  std::string_view text_;
  const std::string& name_;
  std::size_t at_ = 0, line_ = 1;
};

bool is_blank(const CsvTable::Row& row) {
  return row.fields.size() == 1 && split_words(row.fields[0]).empty();
}

}  // namespace

std::optional<std::size_t> CsvTable::column(std::string_view name) const {
  const auto found = std::find(header.begin(), header.end(), name);
  if (found == header.end()) return std::nullopt;
  return static_cast<std::size_t>(found - header.begin());
}

CsvTable parse_csv(std::string_view text, const std::string& name) {
  CsvReader reader(text, name);
  CsvTable table;
  while (!reader.at_end() && table.header.empty()) {
    CsvTable::Row row = reader.row();
    if (!is_blank(row)) table.header = std::move(row.fields);
  }
  if (table.header.empty())
    reader.fail_at(1, "no header (found an empty file; expected names of columns)");
  for (std::size_t c = 0; c < table.header.size(); ++c)
    if (table.column(table.header[c]) != c)
      reader.fail_at(
          1, concat("a column twice (found ", in_quotes(table.header[c]), "; expected each once)"));
  while (!reader.at_end()) {
    CsvTable::Row row = reader.row();
    if (is_blank(row)) continue;
    if (row.fields.size() != table.header.size())
      reader.fail_at(row.line, concat("wrong number of columns (found ", row.fields.size(),
                                      "; expected ", table.header.size(), ")"));
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string csv_line(const std::vector<std::string>& fields) {
  std::string line;
  for (const std::string& field : fields) {
    if (&field != &fields.front()) line += ',';
    if (field.find_first_of(",\"\r\n") == std::string::npos) {
      line += field;
      continue;
    }
    line += '"';
    for (const char c : field) line += c == '"' ? std::string("\"\"") : std::string(1, c);
    line += '"';
  }
  return line + '\n';
}

}  // namespace pellucid
