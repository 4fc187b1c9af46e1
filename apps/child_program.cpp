#include "apps/child_program.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <sstream>
#include <thread>

#include "apps/sibling_program.h"
#include "runtime/error.h"
#include "runtime/file.h"

namespace pellucid {
namespace {

constexpr auto kTick = std::chrono::milliseconds(50);
constexpr int kNotStarted = 127;

}  // namespace

ChildProgram::ChildProgram(const std::string& name, const std::vector<std::string>& arguments,
                           const std::filesystem::path& folder, const std::filesystem::path& log) {
  const std::string program = (program_folder() / name).string();
  require(::access(program.c_str(), X_OK) == 0, program,
          ": cannot be started: ", std::strerror(errno), "; it belongs beside this program");
  write_text_file(log, "", Sync::later);
  std::vector<std::string> words = arguments;
  words.insert(words.begin(), program);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const int parent = ::getpid();
  child_ = ::fork();
  require(child_ >= 0, program, ": cannot be started: ", std::strerror(errno));
  if (child_ > 0) return;
  // Nothing but system calls from here on.
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int out = ::open(log.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC),
            in = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const bool ready = ::getppid() == parent && in >= 0 && out >= 0 &&
                     ::dup2(in, STDIN_FILENO) >= 0 && ::dup2(out, STDOUT_FILENO) >= 0 &&
                     ::dup2(out, STDERR_FILENO) >= 0 && ::chdir(folder.c_str()) == 0;
  if (ready) ::execv(program.c_str(), argv.data());
  ::_exit(kNotStarted);
}

ChildProgram::~ChildProgram() {
  if (code_) return;
  ::kill(child_, SIGKILL);
  ::waitpid(child_, nullptr, 0);
}

std::optional<int> ChildProgram::ended() {
  if (code_) return code_;
  int status = 0;
  if (::waitpid(child_, &status, WNOHANG) != child_) return std::nullopt;
  code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return code_;
}

void ChildProgram::signal(int number) const {
  if (!code_) ::kill(child_, number);
}

int wait_for(ChildProgram& child, const std::function<void(double)>& tick) {
  const auto start = std::chrono::steady_clock::now();
  for (;;) {
    if (const auto code = child.ended()) return *code;
    tick(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    std::this_thread::sleep_for(kTick);
  }
}

std::string last_words(const std::filesystem::path& log) {
  constexpr std::string_view error = "error: ";
  std::istringstream lines(read_text_file(log));
  std::string line, last, told;
  while (std::getline(lines, line)) {
    if (line.starts_with(error)) told = line.substr(error.size());
    if (!line.empty()) last = line;
  }
  return told.empty() ? last : told;
}

}  // namespace pellucid
