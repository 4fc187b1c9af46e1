#include "apps/setting_options.h"

namespace pellucid {
namespace {

Option add_option(CommandLine& app, Setting& setting, std::string& text) {
  const std::string flag = setting.flag();
  if (const auto* whole = std::get_if<Setting::Whole>(&setting.value))
    return app.add_whole(flag, *whole->value, whole->least, whole->most, setting.help);
  if (const auto* real = std::get_if<Setting::Real>(&setting.value))
    return app.add_real(flag, *real->value, real->least, real->most, setting.help);
  if (const auto* on = std::get_if<Setting::Flag>(&setting.value))
    return app.add_flag(flag, *on->value, setting.help);
  const auto& as_text = std::get<Setting::Text>(setting.value);
  text = as_text.get();
  return app.add_text(flag, text, as_text.values, setting.help);
}

}  // namespace

void SettingOptions::add(CommandLine& app, std::vector<Setting>& settings) {
  for (Setting& setting : settings) {
    Bound& bound = bound_.emplace_back(Bound{&setting, {}, {}});
    const Option option = add_option(app, setting, bound.text).group(setting.group);
    if (!setting.default_text.empty()) option.default_text(setting.default_text);
    bound.option = option;
  }
}

void SettingOptions::apply() {
  for (Bound& bound : bound_) {
    bound.setting->given = bound.option->given();
    const auto* text = std::get_if<Setting::Text>(&bound.setting->value);
    if (text && bound.setting->given) text->set(bound.text);
  }
}

}  // namespace pellucid
