#include "runtime/thread_waiting.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace pellucid {
namespace {

constexpr const char* kSpinVariable = "GOMP_SPINCOUNT";
// Turns of the waiting loop: results/busy-machine.md has what other counts cost.
constexpr const char* kSpinCount = "3000";
// Tells the new start from the user's.
constexpr const char* kStartedAnew = "PELLUCID_STARTED_ANEW";

}  // namespace

void spin_briefly(char** argv) {
  const bool started_anew = std::getenv(kStartedAnew) != nullptr;
  if (!started_anew && (std::getenv("OMP_WAIT_POLICY") || std::getenv(kSpinVariable))) return;
  if (!started_anew) {
    // The link's target, since the system names a process after what was started.
    std::error_code unknown;
    const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", unknown);
    ::setenv(kSpinVariable, kSpinCount, 1);
    ::setenv(kStartedAnew, "1", 1);
    if (!unknown) ::execv(program.c_str(), argv);
  }
  ::unsetenv(kSpinVariable);
  ::unsetenv(kStartedAnew);
}

}  // namespace pellucid
