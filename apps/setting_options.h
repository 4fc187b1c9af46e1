// setting_options.h: settings (explain/setting.h) as options of a command line.
#pragma once

#include <list>
#include <optional>
#include <string>
#include <vector>

#include "apps/command_line.h"
#include "explain/setting.h"

namespace pellucid {

class SettingOptions {
 public:
  // Adds an option a setting. The settings must outlive this and `app`.
  void add(CommandLine& app, std::vector<Setting>& settings);

  // After the command line was read: sets what is given as text and marks what was given. Throws UsageError
  // for a text that the setting cannot read.
  void apply();

 private:
  struct Bound {
    Setting* setting;
    std::string text;
    std::optional<Option> option;
  };
  std::list<Bound> bound_;  // whose texts the command line writes to
};

}  // namespace pellucid
