#include "explain/explainer.h"

#include <algorithm>

#include "runtime/error.h"
#include "runtime/formats/nearest.h"
#include "runtime/formats/values.h"

namespace pellucid {

void OneByOneExplainer::explain(std::span<const Subject> subjects, std::vector<Explained>& out) {
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    try {
      for (Explanation& one : explain_one(subjects[i]))
        out[i].explanations.push_back(std::move(one));
    } catch (const Error& error) {
      for (const Method* method : methods_)
        out[i].failures.push_back({std::string(method->name), error.what()});
    }
  }
}

const Methods& all_methods() {
  static const Methods ordered = [] {
    Methods all = registered_methods();
    std::stable_sort(all.begin(), all.end(),
                     [](const Method* a, const Method* b) { return a->place < b->place; });
    return all;
  }();
  return ordered;
}

std::vector<std::string> names_of(const Methods& methods) {
  std::vector<std::string> names;
  for (const Method* method : methods) names.emplace_back(method->name);
  return names;
}

const Method* find_method(std::string_view name) {
  for (const Method* method : all_methods())
    if (method->name == name) return method;
  return nullptr;
}

Methods parse_methods(const std::string& text) {
  if (text == "all") return all_methods();
  Methods methods;
  for (const std::string& name : split_list(text, "--method")) {
    const Method* method = find_method(name);
    if (!method) {
      const std::vector<std::string> known = names_of(all_methods());
      throw UsageError(concat("unknown method '", name, "'", did_you_mean(name, known),
                              " (known: ", joined(known), ", all)"));
    }
    if (std::find(methods.begin(), methods.end(), method) != methods.end())
      throw UsageError(concat("--method names ", name, " twice"));
    methods.push_back(method);
  }
  return methods;
}

}  // namespace pellucid
