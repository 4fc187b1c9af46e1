// setting.h: what a method can be told. Each setting is said once, bound to the field that it sets, where the
// method is; the command line, its help, records and --resume walk the same list.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/formats/json.h"

namespace pellucid {

struct Setting {
  // Bound to fields that must outlive it.
  struct Whole {
    int* value;
    int least, most;
  };
  struct Real {
    double* value;
    double least, most;
  };
  struct Flag {
    bool* value;
  };
  // As text: `set` throws UsageError for what it cannot read, `get` gives what reads as the same.
  struct Text {
    std::function<void(const std::string&)> set;
    std::function<std::string()> get;
    std::string values;  // for the help: "auto|N"; words in small letters are completed
  };

  std::string key;  // in records: "kernel_size"; --kernel-size on the command line
  std::string help;
  std::variant<Whole, Real, Flag, Text> value;
  std::string group;                      // heading of the help
  std::vector<std::string_view> methods;  // names of those that look at it; none: of all
  std::string default_text = {};          // what the help calls the default in place of the value
  // Where it says something only beside another setting: that one, and whether it is on.
  std::string beside = {};
  std::function<bool()> active = {};
  // Of a value that names a file: a hash of what was read there, or empty. In records at KEY_md5.
  std::function<std::string()> md5 = {};
  bool given = false;  // set by whoever sets the value; of a setting nobody looks at, an error

  std::string flag() const;
  // Adds the value at its key, and the hash at KEY_md5.
  void describe(Json& out) const;
  // Whether `key` is one of these two.
  bool describes(std::string_view key) const;
};

// Appends settings that have group and methods in common.
class SettingGroup {
 public:
  SettingGroup(std::vector<Setting>& settings, std::string group,
               std::vector<std::string_view> methods = {})
      : settings_(settings), group_(std::move(group)), methods_(std::move(methods)) {}

  Setting& whole(const char* key, int& value, int least, int most, const char* help) {
    return add(key, help, Setting::Whole{&value, least, most});
  }
  Setting& real(const char* key, double& value, double least, double most, const char* help) {
    return add(key, help, Setting::Real{&value, least, most});
  }
  Setting& flag(const char* key, bool& value, const char* help) {
    return add(key, help, Setting::Flag{&value});
  }
  Setting& text(const char* key, const char* values, const char* help,
                std::function<void(const std::string&)> set, std::function<std::string()> get) {
    return add(key, help, Setting::Text{std::move(set), std::move(get), values});
  }
  // A value of a kind that has a text: parse(text) gives it, format(value) gives the text back.
  template <class T, class Parse, class Format>
  Setting& parsed(const char* key, T& value, const char* values, const char* help, Parse parse,
                  Format format) {
    return text(
        key, values, help, [&value, parse](const std::string& text) { value = parse(text); },
        [&value, format] { return std::string(format(value)); });
  }

 private:
  Setting& add(const char* key, const char* help,
               std::variant<Setting::Whole, Setting::Real, Setting::Flag, Setting::Text> value) {
    return settings_.emplace_back(Setting{key, help, std::move(value), group_, methods_});
  }

  std::vector<Setting>& settings_;
  std::string group_;
  std::vector<std::string_view> methods_;
};

// Throws UsageError for a setting that was given beside one that is off.
void check_beside(const std::vector<Setting>& settings);

}  // namespace pellucid
