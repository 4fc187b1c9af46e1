#include "explain/explainers.h"

#include <algorithm>

#include "nn/data/image_set.h"
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
                       const Methods& methods, const ExplainTask& task)
    : stream_(stream), model_(model), methods_(methods), target_(task.target) {
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

int Explainers::ranked_label(const Subject& subject) const {
  const ActivationShape& in = model_.input();
  const ImageSet image(stream_, {subject.sample, 1}, in.h, in.w, in.c, model_.classes());
  const NoGradient off;
  const Variable x(
      image.batch(stream_, Tensor::from_host(stream_, {1}, std::vector<std::int32_t>{0})));
  const std::vector<float> logits = model_.forward(stream_, x).value().to_host<float>(stream_);
  const std::vector<int> labels = ranked_labels(logits, model_.outputs(), subject.rank + 1);
  require(labels.size() > static_cast<std::size_t>(subject.rank), "target top", subject.rank + 1,
          ": there is no such class (found ", labels.size(), " that win at a place)");
  return labels.back();
}

std::vector<Explained> Explainers::explain(std::span<const Subject> subjects) {
  std::vector<Explained> out(subjects.size());
  if (target_.kind != Target::Kind::ranked) {
    for (const auto& each : explainers_) each->explain(subjects, out);
    return out;
  }
  std::vector<Subject> ranked;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    try {
      ranked.push_back({subjects[i].sample, ranked_label(subjects[i]), subjects[i].rank});
      places.push_back(i);
    } catch (const Error& error) {
      for (const Method* method : methods_)
        out[i].failures.push_back({std::string(method->name), error.what()});
    }
  }
  std::vector<Explained> found(ranked.size());
  for (const auto& each : explainers_) each->explain(ranked, found);
  for (std::size_t i = 0; i < places.size(); ++i) out[places[i]] = std::move(found[i]);
  return out;
}

std::vector<Explanation> Explainers::explain(const Subject& subject) {
  Explained one = std::move(explain(std::span(&subject, 1)).front());
  if (!one.failures.empty()) fail(one.failures.front().message);
  return std::move(one.explanations);
}

}  // namespace pellucid
