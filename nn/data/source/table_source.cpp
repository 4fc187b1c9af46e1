// table_source.cpp: images that a CSV table names (RFC 4180, a header, columns in any order):
//
//   path     of the image file, from the table's folder            also: file, image, filename
//   label    its class; without this column the classes are not known   also: class
//   split    train, valid (val, validation) or test; rows without one are left out
//   group    of images that a division keeps together: a patient
//   circle   "x y r" around the lesion, in pixels of the file
//   box      "x0 y0 x1 y1" around it: columns x0 to x1 − 1, rows y0 to y1 − 1
//   mask     an image file of the same sides, not black in the lesion
#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <set>

#include "nn/data/source/load.h"
#include "nn/data/source/picture_list.h"
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
  std::string text(std::initializer_list<std::string_view> names) const {
    for (const std::string_view name : names)
      if (const auto column = table_->column(name)) return row_->fields[*column];
    return "";
  }
  // As many numbers as `count`, none of an empty cell.
  std::vector<double> numbers(std::string_view column, std::size_t count) const {
    std::string cell = text({column});
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
  const std::string split = row.text({"split"});
  if (split == "val" || split == "validation") return "valid";
  if (!split.empty() && split != "train" && split != "valid" && split != "test")
    fail(row.place(), ": unknown split (found ", in_quotes(split),
         "; expected train, valid or test)");
  return split;
}

ListedPicture picture_of(const TableRow& row, const fs::path& folder) {
  ListedPicture picture;
  const std::string path = row.text({"path", "file", "image", "filename"});
  require(!path.empty(), row.place(),
          ": no image (found an empty cell; expected the path of a file)");
  picture.file = folder / path;
  picture.name = fs::path(path).replace_extension().generic_string();
  while (picture.name.starts_with("../") || picture.name.starts_with("/"))
    picture.name.erase(0, picture.name.find('/') + 1);
  std::replace(picture.name.begin(), picture.name.end(), '/', '.');
  picture.class_name = row.text({"label", "class"});
  picture.subset = subset_of(row);
  picture.group = row.text({"group"});
  if (const auto c = row.numbers("circle", 3); !c.empty())
    picture.circle = Circle{c[0], c[1], c[2]};
  if (const auto b = row.numbers("box", 4); !b.empty()) {
    const auto at = [&](std::size_t i) { return static_cast<int>(b[i]); };
    picture.box = Box{.y0 = at(1), .y1 = at(3), .x0 = at(0), .x1 = at(2)};
    require(picture.box->width() > 0 && picture.box->height() > 0, row.place(),
            ": empty box (found ", in_quotes(row.text({"box"})), "; expected x0 < x1 and y0 < y1)");
  }
  if (const std::string mask = row.text({"mask"}); !mask.empty()) picture.mask = folder / mask;
  return picture;
}

PictureList list_table(const fs::path& path, std::size_t least) {
  const std::string name = path.string();
  const CsvTable table = parse_csv(read_text_file(path), name);
  const auto has = [&](std::initializer_list<std::string_view> names) {
    return std::any_of(names.begin(), names.end(),
                       [&](auto each) { return table.column(each).has_value(); });
  };
  require(has({"path", "file", "image", "filename"}), name,
          ":1: wrong header (found no column path; expected path, and label, split, group, circle, "
          "box or mask "
          "as far as they are known)");
  const bool labelled = has({"label", "class"}), divided = has({"split"});
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

Recognition recognise(const std::string& data) {
  std::string extension = fs::path(data).extension().string();
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  std::error_code none;
  return extension == ".csv" && fs::is_regular_file(data, none) ? Recognition::by_name
                                                                : Recognition::no;
}

Dataset load(const DatasetOptions& options) {
  Dataset dataset =
      load_pictures(list_table(options.data, classes_needed(options.pictures)), options.pictures);
  dataset.source = dataset.protocol = table_source.name;
  return dataset;
}

}  // namespace

const DataSource table_source{.name = "table",
                              .description = "a folder of images or a table of them",
                              .recognise = recognise,
                              .load = load,
                              .training = {.fits_model = true},
                              .size_options = "--size and --channels"};

}  // namespace pellucid
