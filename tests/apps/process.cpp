#include "tests/apps/process.h"

#include <fcntl.h>
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

Outcome run(const std::string& program, const std::vector<std::string>& arguments,
            const std::string& out_path) {
  const std::string file = std::string(PELLUCID_BIN_DIR) + "/" + program;
  const std::string out = out_path.empty() ? (work_folder() / "stdout").string() : out_path;
  const std::string err = (work_folder() / "stderr").string();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (out_path == "closed") posix_spawn_file_actions_addclose(&actions, STDOUT_FILENO);
  else
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0600);
  std::vector<std::string> words = arguments;
  words.insert(words.begin(), file);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  const int error = ::posix_spawn(&child, file.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  require(error == 0, file, ": cannot be started, error ", error);
  int status = 0;
  require(::waitpid(child, &status, 0) == child, file, ": cannot be waited for");
  Outcome outcome;
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (out_path.empty()) outcome.out = contents(out);
  outcome.err = contents(err);
  return outcome;
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
