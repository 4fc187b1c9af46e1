#include "nn/data/split.h"

#include <map>
#include <set>

#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/csv.h"
#include "runtime/formats/text.h"

namespace pellucid {
namespace {

std::string text_of(const std::vector<std::string>& fields) {
  std::string text;
  for (const std::string& field : fields) text += (text.empty() ? "" : ",") + field;
  return text;
}

}  // namespace

Split parse_split(std::string_view text, const std::string& name, std::span<const LabelledId> known,
                  const std::vector<std::string>& class_names) {
  std::map<std::string, int, std::less<>> labels;
  for (const LabelledId& sample : known) labels.emplace(sample.id, sample.label);

  Split split;
  const std::map<std::string_view, std::vector<std::string>*> subsets = {
      {"train", &split.train}, {"valid", &split.valid}, {"test", &split.test}};
  std::map<std::string, std::size_t, std::less<>> seen;  // id → line
  std::set<int> trained;

  const CsvTable table = parse_csv(text, name);
  // The second is that of pellucid-data --csv.
  const auto id_column = table.column("id") ? table.column("id") : table.column("mdb");
  const auto split_column = table.column("split");
  if (!id_column || !split_column)
    fail(name, ":1: wrong header (found ", in_quotes(text_of(table.header)),
         "; expected the columns id and split)");
  for (const CsvTable::Row& row : table.rows) {
    const std::string &id = row.fields[*id_column], &subset = row.fields[*split_column];
    if (subset.empty()) continue;
    const auto label = labels.find(id);
    if (label == labels.end())
      fail(name, ":", row.line, ": unknown id (found ", in_quotes(id), "; expected one of the ",
           known.size(), " samples)");
    if (!subsets.contains(subset))
      fail(name, ":", row.line, ": unknown split (found ", in_quotes(subset),
           "; expected train, valid or test)");
    const auto [first, is_new] = seen.emplace(id, row.line);
    if (!is_new)
      fail(name, ":", row.line, ": duplicate id (found ", in_quotes(id), ", which is on line ",
           first->second, " too; expected each id once)");
    subsets.at(subset)->push_back(id);
    if (subset == "train") trained.insert(label->second);
  }
  for (std::size_t c = 0; c < class_names.size(); ++c)
    if (!trained.contains(static_cast<int>(c)))
      fail(name, ": empty class (found no \"", class_names[c],
           "\" sample in train; expected at least one)");
  return split;
}

Split read_split(const std::filesystem::path& path, std::span<const LabelledId> known,
                 const std::vector<std::string>& class_names) {
  return parse_split(read_text_file(path), path.string(), known, class_names);
}

}  // namespace pellucid
