#include "explain/setting.h"

#include <algorithm>

#include "runtime/error.h"

namespace pellucid {
namespace {

constexpr const char* kHash = "_md5";

Json value_of(const Setting::Whole& whole) { return *whole.value; }
Json value_of(const Setting::Real& real) { return *real.value; }
Json value_of(const Setting::Flag& flag) { return *flag.value; }
Json value_of(const Setting::Text& text) { return text.get(); }

}  // namespace

std::string Setting::flag() const {
  std::string name = "--" + key;
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

void Setting::describe(Json& out) const {
  out[key] = std::visit([](const auto& bound) { return value_of(bound); }, value);
  if (const std::string hash = md5 ? md5() : ""; !hash.empty()) out[key + kHash] = hash;
}

bool Setting::describes(std::string_view described) const {
  return described == key || described == key + kHash;
}

void check_beside(const std::vector<Setting>& settings) {
  for (const Setting& setting : settings)
    if (setting.given && setting.active && !setting.active())
      throw UsageError(concat(setting.flag(), " belongs to ", setting.beside));
}

}  // namespace pellucid
