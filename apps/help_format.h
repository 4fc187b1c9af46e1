// help_format.h: the look of --help and the bash completion of a program's options.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace pellucid {

// Options in --help as "  --epochs N        passes over the training set (default: 50)", in lines of at
// most 100 columns.
void use_help_format(CLI::App& app);

// A bash script that completes the options of `app`, and their values where the placeholder lists
// them ("auto|cuda", in small letters) or is a path (FILE, DIR).
std::string bash_completion(const CLI::App& app);

}  // namespace pellucid
