#include "tests/apps/process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>

#include "runtime/error.h"
#include "tests/support/device.h"

extern char** environ;

namespace pellucid::test {
namespace {

class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / concat("pellucid-apps-", ::getpid())) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string contents(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

const std::filesystem::path& work_folder() {
  static const Folder folder;
  return folder.path();
}

Running::Running(const std::string& program, const std::vector<std::string>& arguments,
                 const std::string& out_path)
    : program_(std::string(PELLUCID_BIN_DIR) + "/" + program) {
  static int started = 0;
  const std::string number = std::to_string(++started);
  if (out_path.empty()) out_ = (work_folder() / ("stdout" + number)).string();
  err_ = (work_folder() / ("stderr" + number)).string();
  const std::string& out = out_path.empty() ? out_ : out_path;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (out_path == "closed") posix_spawn_file_actions_addclose(&actions, STDOUT_FILENO);
  else
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err_.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0600);
  std::vector<std::string> words = arguments;
  words.insert(words.begin(), program_);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const int error =
      ::posix_spawn(&child_, program_.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  require(error == 0, program_, ": cannot be started, error ", error);
}

Running::~Running() {
  if (child_ == 0) return;
  ::kill(child_, SIGKILL);
  ::waitpid(child_, nullptr, 0);
}

void Running::signal(int number) const { ::kill(child_, number); }

Outcome Running::wait() {
  int status = 0;
  require(::waitpid(child_, &status, 0) == child_, program_, ": cannot be waited for");
  child_ = 0;
  Outcome outcome;
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (!out_.empty()) outcome.out = contents(out_);
  outcome.err = contents(err_);
  return outcome;
}

Outcome run(const std::string& program, const std::vector<std::string>& arguments,
            const std::string& out_path) {
  return Running(program, arguments, out_path).wait();
}

bool is_error(const Outcome& outcome, int code, const std::string& part) {
  std::istringstream lines(outcome.err);
  std::string line, last;
  int others = 0;
  while (std::getline(lines, line)) {
    others += !line.starts_with("device ") && !line.starts_with("error: ");
    last = line;
  }
  return outcome.code == code && outcome.out.empty() && others == 0 &&
         last.starts_with("error: ") && last.find(part) != last.npos;
}

std::string device_name() { return std::string(to_string(device())); }

}  // namespace pellucid::test
