// sibling_program.h: runs another of Pellucid's programs in place of this one.
#pragma once

#include <filesystem>
#include <string>

namespace pellucid {

// Where this program's file lies.
std::filesystem::path program_folder();

// Replaces this program by `name` beside it; argv as main() got it, argv[0] that of the new
// program. Throws Error with `cure` if it cannot be started.
[[noreturn]] void run_sibling(const std::string& name, char** argv, const std::string& cure);

}  // namespace pellucid
