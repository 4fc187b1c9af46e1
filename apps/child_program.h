// child_program.h: another of Pellucid's programs, run beside this one.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace pellucid {

// It reads nothing, gets no signal of the terminal, and is killed if this program ends in whatever way.
class ChildProgram {
 public:
  // folder: where it works. log: a file, replaced, that gets what it prints on stdout and stderr. Throws Error if
  // it cannot be started.
  ChildProgram(const std::string& name, const std::vector<std::string>& arguments,
               const std::filesystem::path& folder, const std::filesystem::path& log);
  ~ChildProgram();  // kills it
  ChildProgram(const ChildProgram&) = delete;
  ChildProgram& operator=(const ChildProgram&) = delete;

  // Its exit code, or 128 + the signal that ended it; nothing while it runs.
  std::optional<int> ended();
  void signal(int number) const;

 private:
  int child_ = 0;
  std::optional<int> code_;
};

// Waits, calls `tick` some times a second with the seconds since the beginning, and returns the exit code. tick
// may signal the child.
int wait_for(ChildProgram& child, const std::function<void(double seconds)>& tick);

// The last line of a log that begins with "error: ", without that; else its last line that is not empty.
std::string last_words(const std::filesystem::path& log);

}  // namespace pellucid
