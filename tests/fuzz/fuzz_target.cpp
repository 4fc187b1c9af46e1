// A libFuzzer target: the bytes as a file with the extension PELLUCID_FUZZ_EXTENSION, which
// PELLUCID_FUZZ_READER of tests/hostile/readers reads, or refuses with an Error of one line. Anything
// else is a crash.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "runtime/error.h"
#include "tests/hostile/readers/readers.h"

namespace {

using namespace pellucid;

// A file in memory that is written anew for each input, with a name that has the extension.
class Scratch {
 public:
  explicit Scratch(const char* extension)
      : fd_(::memfd_create("pellucid-fuzz", MFD_CLOEXEC)),
        path_(concat(std::filesystem::temp_directory_path().string(), "/pellucid-fuzz-", ::getpid(),
                     extension)) {
    if (::symlink(concat("/proc/self/fd/", fd_).c_str(), path_.c_str()) != 0) std::abort();
  }
  ~Scratch() { ::unlink(path_.c_str()); }
  const std::string& write(const std::uint8_t* data, std::size_t size) {
    if (::ftruncate(fd_, 0) != 0 || ::pwrite(fd_, data, size, 0) != static_cast<ssize_t>(size))
      std::abort();
    return path_;
  }

 private:
  int fd_;
  std::string path_;
};

bool is_one_short_line(const std::string& message) {
  for (const char c : message)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return false;
  return !message.empty() && message.size() < 4096;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Scratch scratch(PELLUCID_FUZZ_EXTENSION);
  const std::string& path = scratch.write(data, size);
  try {
    test::PELLUCID_FUZZ_READER(path);
  } catch (const Error& error) {
    const std::string message = error.what();
    if (!is_one_short_line(message) || !message.starts_with(path)) {
      std::fprintf(stderr, "no message for one line: %s\n", message.c_str());
      std::abort();
    }
  }
  return 0;
}
