// table_kinds.cpp: tables as text, maps as NPY, and drawings.
#include <algorithm>
#include <map>
#include <span>

#include "apps/inspect/file_kind.h"
#include "nn/data/mias/mias_info.h"
#include "nn/data/source/picture_table.h"
#include "runtime/error.h"
#include "runtime/formats/csv.h"
#include "runtime/formats/npy.h"
#include "runtime/formats/text.h"

namespace pellucid {
namespace {

// The names of the columns, if the file's first line may be a header of several.
std::vector<std::string> columns_of(const InspectedFile& file) {
  const std::string_view text = file.text();
  const std::string_view line = text.substr(0, std::min(text.find('\n'), text.size()));
  const bool plain = std::none_of(line.begin(), line.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\r' && c != '\t';
  });
  if (!plain || line.find(',') == line.npos || line.starts_with('{') || line.starts_with('['))
    return {};
  try {
    return parse_csv(line, file.name).header;
  } catch (const Error&) {
    return {};
  }
}

bool has_columns(const InspectedFile& file, std::initializer_list<std::string_view> names) {
  const std::vector<std::string> columns = columns_of(file);
  return std::all_of(names.begin(), names.end(), [&](std::string_view name) {
    return std::find(columns.begin(), columns.end(), name) != columns.end();
  });
}

// How often each value of a column comes; what is empty is counted as "(none)".
Json counts_of(const CsvTable& table, const char* name) {
  std::map<std::string, std::size_t> counts;
  for (const CsvTable::Row& row : table.rows) {
    const std::string& value = row.fields[*table.column(name)];
    ++counts[value.empty() ? "(none)" : value];
  }
  return counts;
}

Json described(const InspectedFile& file, std::initializer_list<const char*> counted) {
  const CsvTable table = parse_csv(file.text(), file.name);
  Json out = {{"rows", table.rows.size()}, {"columns", table.header}};
  for (const char* name : counted) out["by_" + std::string(name)] = counts_of(table, name);
  return out;
}

bool is_predictions(const InspectedFile& file) { return has_columns(file, {"id", "predicted"}); }
Json describe_predictions(const InspectedFile& file) {
  const CsvTable table = parse_csv(file.text(), file.name);
  Json out = described(file, {"predicted"});
  const auto truth = table.column("true"), said = table.column("predicted");
  if (!truth) return out;
  out["by_true"] = counts_of(table, "true");
  out["right"] = std::count_if(table.rows.begin(), table.rows.end(), [&](const CsvTable::Row& row) {
    return row.fields[*truth] == row.fields[*said];
  });
  return out;
}

bool is_data_table(const InspectedFile& file) {
  return has_columns(file, {"mdb", "label", "split"});
}
Json describe_data_table(const InspectedFile& file) { return described(file, {"label", "split"}); }

constexpr std::array<std::string_view, 1> kSplitColumn = {"split"};
constexpr std::array<std::string_view, 2> kIdColumns = {"id", "mdb"};

// The column under the first of these names; "" if there is none.
std::string first_column(const InspectedFile& file, std::span<const std::string_view> names) {
  const auto found = std::find_if(names.begin(), names.end(),
                                  [&](std::string_view name) { return has_columns(file, {name}); });
  return found == names.end() ? "" : std::string(*found);
}

bool is_image_list(const InspectedFile& file) {
  return !first_column(file, kPathColumns).empty() && !is_predictions(file) && !is_data_table(file);
}
Json describe_image_list(const InspectedFile& file) {
  Json out = described(file, {});
  for (const std::string& name :
       {first_column(file, kLabelColumns), first_column(file, kSplitColumn)})
    if (!name.empty()) out.update(described(file, {name.c_str()}));
  return out;
}

bool is_split(const InspectedFile& file) {
  return has_columns(file, {"split"}) && !first_column(file, kIdColumns).empty() &&
         !is_data_table(file) && !is_predictions(file) && !is_image_list(file);
}
Json describe_split(const InspectedFile& file) { return described(file, {"split"}); }

bool is_info(const InspectedFile& file) {
  const std::vector<std::string_view> lines = split_lines(file.text().substr(0, 1 << 16));
  return std::any_of(lines.begin(), lines.end(), [](std::string_view line) {
    const std::vector<std::string_view> words = split_words(line);
    return words.size() >= 3 && words[0].size() == 6 && words[0].starts_with("mdb") &&
           words[1].size() == 1;
  });
}
Json describe_info(const InspectedFile& file) {
  const std::vector<MiasRow> rows = parse_mias_info(file.text(), file.name);
  std::map<std::string, std::size_t> kinds;
  for (const MiasRow& row : rows) ++kinds[row.abnormality];
  return {{"rows", rows.size()}, {"by_abnormality", kinds}};
}

bool is_array(const InspectedFile& file) { return file.text().starts_with("\x93NUMPY"); }
Json describe_array(const InspectedFile& file) {
  const auto facts = [](const auto& array, const char* type) {
    Json out = {{"shape", shape_text(array.shape)}, {"type", type}};
    if (array.values.empty()) return out;
    const auto [low, high] = std::minmax_element(array.values.begin(), array.values.end());
    out["least"] = *low;
    out["greatest"] = *high;
    if (array.shape.size() == 2) {
      const auto place = high - array.values.begin();
      out["greatest_at"] = {{"row", place / array.shape[1]}, {"column", place % array.shape[1]}};
    }
    return out;
  };
  if (file.text().substr(0, 256).find("'<f4'") != std::string_view::npos)
    return facts(decode_npy(file.bytes, file.name), "float32");
  return facts(decode_npy_labels(file.bytes, file.name), "whole numbers");
}

bool is_drawing(const InspectedFile& file) {
  return file.text().substr(0, 1024).find("<svg") != std::string_view::npos;
}
Json describe_drawing(const InspectedFile&) { return Json::object(); }

}  // namespace

extern const FileKind predictions_kind, data_table_kind, split_kind, image_list_kind,
    mias_info_kind, array_kind, drawing_kind;
const FileKind predictions_kind{"predictions", "a table of predictions (CSV)", is_predictions,
                                describe_predictions};
const FileKind data_table_kind{"data table", "the table of pellucid-data --csv", is_data_table,
                               describe_data_table};
const FileKind split_kind{"split", "a division, CSV with the columns id and split", is_split,
                          describe_split};
const FileKind image_list_kind{"image list", "a list of images (CSV)", is_image_list,
                               describe_image_list};
const FileKind mias_info_kind{"mini-MIAS labels", "Info.txt of mini-MIAS", is_info, describe_info};
const FileKind array_kind{"array", "a map or label image (NPY)", is_array, describe_array};
const FileKind drawing_kind{"drawing", "a drawing (SVG)", is_drawing, describe_drawing};

}  // namespace pellucid
