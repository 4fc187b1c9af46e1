#include "explain/explainers.h"

#include <algorithm>

#include "runtime/error.h"
#include "runtime/formats/nearest.h"

namespace pellucid {
namespace {

// A setting of two families is one to the user. Only texts are: numbers would be bound to one field.
void merge(Setting& known, const Setting& other) {
  known.methods.insert(known.methods.end(), other.methods.begin(), other.methods.end());
  auto& text = std::get<Setting::Text>(known.value);
  text.set = [first = text.set,
              second = std::get<Setting::Text>(other.value).set](const std::string& value) {
    first(value);
    second(value);
  };
}

bool looked_at(const Setting& setting, const Methods& methods) {
  return std::any_of(methods.begin(), methods.end(), [&](const Method* method) {
    return std::find(setting.methods.begin(), setting.methods.end(), method->name) !=
           setting.methods.end();
  });
}

}  // namespace

Methods MethodSettings::Family::among(const Methods& methods) const {
  Methods own;
  for (const Method* method : methods)
    if (method->family == make) own.push_back(method);
  return own;
}

MethodSettings::MethodSettings() {
  for (const Method* method : all_methods()) {
    if (std::any_of(families_.begin(), families_.end(),
                    [&](const Family& each) { return each.make == method->family; }))
      continue;
    Family& added = families_.emplace_back(Family{method->family, method->family(), {}});
    added.settings = added.family->settings();
    for (const Setting& setting : added.settings) {
      const auto known = std::find_if(merged_.begin(), merged_.end(),
                                      [&](const Setting& each) { return each.key == setting.key; });
      if (known == merged_.end()) merged_.push_back(setting);
      else merge(*known, setting);
    }
  }
}

void MethodSettings::check(const Methods& methods) const {
  for (const Setting& setting : merged_) {
    if (setting.given && !looked_at(setting, methods))
      throw UsageError(
          concat(setting.flag(), " belongs to --method ",
                 joined(std::vector<std::string>(setting.methods.begin(), setting.methods.end()))));
  }
  check_beside(merged_);
}

Json MethodSettings::describe(const Methods& methods) const {
  Json out = Json::object();
  for (const Family& each : families_)
    for (const Setting& setting : each.settings)
      if (looked_at(setting, each.among(methods))) setting.describe(out);
  return out;
}

Json MethodSettings::without_others(const Json& described, const Methods& methods) const {
  Json out = Json::object();
  for (const auto& [key, value] : described.items()) {
    bool known = false, theirs = false;
    for (const Family& each : families_)
      for (const Setting& setting : each.settings)
        if (setting.describes(key)) {
          known = true;
          theirs = theirs || looked_at(setting, each.among(methods));
        }
    if (!known || theirs) out[key] = value;
  }
  return out;
}

Explainers::Explainers(Stream& stream, const Model& model, const MethodSettings& settings,
                       const Methods& methods, const ExplainTask& task) {
  for (const MethodSettings::Family& each : settings.families_)
    if (const Methods own = each.among(methods); !own.empty())
      explainers_.push_back(each.family->explainer(stream, model, own, task));
}

Json Explainers::chosen() const {
  Json out = Json::object();
  for (const auto& each : explainers_) out.update(each->chosen());
  return out;
}

int Explainers::pictures_at_once() const {
  int most = 1;
  for (const auto& each : explainers_) most = std::max(most, each->pictures_at_once());
  return most;
}

std::vector<Explained> Explainers::explain(std::span<const Subject> subjects) {
  std::vector<Explained> out(subjects.size());
  for (const auto& each : explainers_) each->explain(subjects, out);
  return out;
}

std::vector<Explanation> Explainers::explain(const Subject& subject) {
  Explained one = std::move(explain(std::span(&subject, 1)).front());
  if (!one.failures.empty()) fail(one.failures.front().message);
  return std::move(one.explanations);
}

}  // namespace pellucid
