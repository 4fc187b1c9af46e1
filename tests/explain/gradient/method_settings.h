// method_settings.h: explains with one method whose settings are given as texts.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "explain/explainers.h"
#include "runtime/error.h"
#include "runtime/formats/values.h"
#include "tests/support/device.h"

namespace pellucid::test {

using SettingTexts = std::vector<std::pair<std::string, std::string>>;

inline void set_text(MethodSettings& settings, const std::string& key, const std::string& text) {
  for (Setting& each : settings.list()) {
    if (each.key != key) continue;
    if (auto* whole = std::get_if<Setting::Whole>(&each.value)) *whole->value = std::stoi(text);
    else if (auto* real = std::get_if<Setting::Real>(&each.value)) *real->value = std::stod(text);
    else std::get<Setting::Text>(each.value).set(text);
    return;
  }
  FAIL("no setting " << key);
}

inline std::vector<Explanation> explain_with(const Model& model, const std::string& methods,
                                             const Sample& sample, const ExplainTask& task,
                                             const SettingTexts& texts = {}) {
  MethodSettings settings;
  for (const auto& [key, text] : texts) set_text(settings, key, text);
  return Explainers(stream(), model, settings, parse_methods(methods), task)
      .explain(Subject{&sample, {}});
}

}  // namespace pellucid::test
