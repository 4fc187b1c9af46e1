#include "nn/data/source/picture_table.h"

#include <algorithm>
#include <set>
#include <span>

#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/csv.h"
#include "runtime/formats/text.h"

namespace pellucid {
namespace {

namespace fs = std::filesystem;

// The cells of a row by the names of their columns.
class TableRow {
 public:
  TableRow(const CsvTable& table, const CsvTable::Row& row, const std::string& name)
      : table_(&table), row_(&row), place_(concat(name, ":", row.line)) {}

  // "" where there is no such column.
  std::string text(std::span<const std::string_view> names) const {
    for (const std::string_view name : names)
      if (const auto column = table_->column(name)) return row_->fields[*column];
    return "";
  }
  std::string text(std::string_view column) const { return text(std::span(&column, 1)); }
  // As many numbers as `count`, none of an empty cell.
  std::vector<double> numbers(std::string_view column, std::size_t count) const {
    std::string cell = text(column);
    std::replace(cell.begin(), cell.end(), ',', ' ');
    std::vector<double> out;
    for (const std::string_view word : split_words(cell)) {
      const std::string value(word);
      char* end = nullptr;
      out.push_back(std::strtod(value.c_str(), &end));
      const bool ok = *end == '\0' && out.back() >= 0 && out.back() <= 1e6;
      if (!ok) fail_expected(column, cell, count);
    }
    if (!out.empty() && out.size() != count) fail_expected(column, cell, count);
    return out;
  }
  const std::string& place() const { return place_; }

 private:
  [[noreturn]] void fail_expected(std::string_view column, const std::string& cell,
                                  std::size_t count) const {
    fail(place_, ": wrong ", column, " (found ", in_quotes(cell), "; expected ", count,
         " numbers from 0 to 1000000, in pixels of the file)");
  }

  const CsvTable* table_;
  const CsvTable::Row* row_;
  std::string place_;
};

std::string subset_of(const TableRow& row) {
  const std::string split = row.text("split");
  const std::string_view subset = subset_named(split);
  require(split.empty() || !subset.empty(), row.place(), ": unknown split (found ",
          in_quotes(split), "; expected train, valid or test)");
  return std::string(subset);
}

ListedPicture picture_of(const TableRow& row, const fs::path& folder) {
  ListedPicture picture;
  const std::string path = row.text(kPathColumns);
  require(!path.empty(), row.place(),
          ": no image (found an empty cell; expected the path of a file)");
  picture.file = folder / path;
  picture.name = fs::path(path).replace_extension().generic_string();
  while (picture.name.starts_with("../") || picture.name.starts_with("/"))
    picture.name.erase(0, picture.name.find('/') + 1);
  std::replace(picture.name.begin(), picture.name.end(), '/', '.');
  picture.class_name = row.text(kLabelColumns);
  picture.subset = subset_of(row);
  picture.group = row.text("group");
  if (const auto c = row.numbers("circle", 3); !c.empty())
    picture.circle = Circle{c[0], c[1], c[2]};
  if (const auto b = row.numbers("box", 4); !b.empty()) {
    const auto at = [&](std::size_t i) { return static_cast<int>(b[i]); };
    picture.box = Box{.y0 = at(1), .y1 = at(3), .x0 = at(0), .x1 = at(2)};
    require(picture.box->width() > 0 && picture.box->height() > 0, row.place(),
            ": empty box (found ", in_quotes(row.text("box")), "; expected x0 < x1 and y0 < y1)");
  }
  if (const std::string mask = row.text("mask"); !mask.empty()) picture.mask = folder / mask;
  return picture;
}

}  // namespace

bool is_table_name(const fs::path& path) { return lower_case(path.extension().string()) == ".csv"; }

PictureList list_table(const fs::path& path, std::size_t least) {
  const std::string name = path.string();
  const CsvTable table = parse_csv(read_text_file(path), name);
  const auto has = [&](std::span<const std::string_view> names) {
    return std::any_of(names.begin(), names.end(),
                       [&](auto each) { return table.column(each).has_value(); });
  };
  require(has(kPathColumns), name,
          ":1: wrong header (found no column path; expected path, and label, split, group, circle, "
          "box or mask "
          "as far as they are known)");
  const bool labelled = has(kLabelColumns), divided = table.column("split").has_value();
  PictureList list;
  std::set<std::string> classes;
  std::size_t left_out = 0;
  for (const CsvTable::Row& each : table.rows) {
    const TableRow row(table, each, name);
    ListedPicture picture = picture_of(row, path.parent_path());
    require(!labelled || !picture.class_name.empty(), row.place(),
            ": no class (found an empty label; expected one in each row, or no column of labels)");
    if (divided && picture.subset.empty()) {
      ++left_out;
      continue;
    }
    check_class_name(row.place(), picture.class_name);
    if (labelled) classes.insert(picture.class_name);
    list.pictures.push_back(std::move(picture));
  }
  require(!list.pictures.empty(), name, ": no images (found ", table.rows.size(),
          " rows; expected one for each image)");
  list.class_names.assign(classes.begin(), classes.end());
  require(!labelled || classes.size() >= least, name, ": too few classes (found ", classes.size(),
          "; expected at least two labels)");
  if (divided) list.split = path.filename().string();
  if (left_out > 0) list.notes.push_back(concat(left_out, " rows without a split are left out"));
  return list;
}

}  // namespace pellucid
