#include "nn/data/split.h"

#include <map>
#include <set>

#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/text.h"

namespace pellucid {

Split parse_split(std::string_view text, const std::string& name, std::span<const LabelledId> known,
                  const std::vector<std::string>& class_names) {
  std::map<std::string, int, std::less<>> labels;
  for (const LabelledId& sample : known) labels.emplace(sample.id, sample.label);

  Split split;
  const std::map<std::string_view, std::vector<std::string>*> subsets = {
      {"train", &split.train}, {"valid", &split.valid}, {"test", &split.test}};
  std::map<std::string, std::size_t, std::less<>> seen;  // id → line
  std::set<int> trained;

  const std::vector<std::string_view> lines = split_lines(text);
  const std::string_view header = lines.empty() ? std::string_view() : lines[0];
  if (header != "id,split")
    fail(name, ":1: wrong header (found ", in_quotes(header), "; expected \"id,split\")");
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (split_words(lines[i]).empty()) continue;
    const std::size_t comma = lines[i].find(',');
    if (comma == std::string_view::npos)
      fail(name, ":", i + 1, ": not two columns (found ", in_quotes(lines[i]),
           "; expected \"id,split\")");
    const std::string id(lines[i].substr(0, comma));
    const std::string_view subset = lines[i].substr(comma + 1);
    const auto label = labels.find(id);
    if (label == labels.end())
      fail(name, ":", i + 1, ": unknown id (found ", in_quotes(id), "; expected one of the ",
           known.size(), " samples)");
    if (!subsets.contains(subset))
      fail(name, ":", i + 1, ": unknown split (found ", in_quotes(subset),
           "; expected train, valid or test)");
    const auto [first, is_new] = seen.emplace(id, i + 1);
    if (!is_new)
      fail(name, ":", i + 1, ": duplicate id (found ", in_quotes(id), ", which is on line ",
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
