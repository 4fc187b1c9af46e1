// help_format.h: the look of --help and the bash completion of a program's options.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace pellucid {

// "  --epochs N        passes over the training set (default: 50)", lines of at most 100 columns.
class HelpFormat : public CLI::Formatter {
 public:
  HelpFormat() { column_width(30); }
  std::string make_option(const CLI::Option* option, bool is_positional) const override;
};

// A bash script that completes the options of `app`, and their values where the placeholder lists
// them ("auto|cuda", in small letters) or is a path (FILE, DIR).
std::string bash_completion(const CLI::App& app);

}  // namespace pellucid
