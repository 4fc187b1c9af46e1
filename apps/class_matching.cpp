#include "apps/class_matching.h"

#include "runtime/error.h"
#include "runtime/formats/nearest.h"
#include "runtime/formats/values.h"

namespace pellucid {
namespace {

constexpr const char* kMapOption = "--map-classes";

using Names = std::vector<std::string>;

// The place of `name`, or names.size().
std::size_t place_of(const std::string& name, const Names& names) {
  return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

void expect_known(const std::string& name, const Names& names, const char* whose) {
  if (place_of(name, names) == names.size())
    throw UsageError(concat(kMapOption, ": no class '", name, "' in ", whose,
                            did_you_mean(name, names), " (known: ", joined(names), ")"));
}

}  // namespace

ClassMap parse_class_map(const std::string& text) {
  ClassMap map;
  if (text.empty()) return map;
  for (const std::string& part : split_list(text, kMapOption)) {
    const std::size_t sign = part.rfind('=');
    if (sign == part.npos || sign == 0 || sign + 1 == part.size())
      throw UsageError(concat(kMapOption, " expects DATA=MODEL,…, got '", part, "'"));
    if (!map.emplace(part.substr(0, sign), part.substr(sign + 1)).second)
      throw UsageError(concat(kMapOption, " names the class '", part.substr(0, sign), "' twice"));
  }
  return map;
}

void match_classes(const Model& model, const ClassMap& map, Dataset& dataset) {
  const Names& known = model.class_names();
  for (const auto& [from, to] : map) {
    expect_known(from, dataset.class_names, "the data");
    expect_known(to, known, "the model");
  }
  if (known.empty() || dataset.class_names.empty()) return;
  std::vector<int> label_of;  // in the model, of each class of the data
  for (const std::string& name : dataset.class_names) {
    const auto mapped = map.find(name);
    const std::size_t place = place_of(mapped == map.end() ? name : mapped->second, known);
    require(place < known.size(), "the data do not fit the model: a class '", name,
            "' that it does not have", did_you_mean(name, known), " (its classes: ", joined(known),
            "; ", kMapOption, " '", name, "=CLASS' says which it is)");
    label_of.push_back(static_cast<int>(place));
  }
  for (std::vector<Sample>* samples : {&dataset.train, &dataset.valid, &dataset.test})
    for (Sample& sample : *samples) sample.label = label_of[static_cast<std::size_t>(sample.label)];
  dataset.class_names = known;
}

}  // namespace pellucid
