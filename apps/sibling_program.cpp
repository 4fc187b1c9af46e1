#include "apps/sibling_program.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "runtime/error.h"

namespace pellucid {

std::filesystem::path program_folder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

void run_sibling(const std::string& name, char** argv, const std::string& cure) {
  const std::filesystem::path program = program_folder() / name;
  ::execv(program.c_str(), argv);
  fail(program.string(), ": cannot be started: ", std::strerror(errno), "; ", cure);
}

}  // namespace pellucid
