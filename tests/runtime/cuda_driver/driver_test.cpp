#include <dlfcn.h>
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "runtime/device.h"
#include "runtime/error.h"
#include "tests/runtime/cuda_driver/driver_failures.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

// What `work` gives in a process of its own whose libcuda.so.1 is the stub that fails so.
template <class Work>
std::string with_driver(const char* failure, const Work& work) {
  int ends[2];
  REQUIRE_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::setenv("PELLUCID_STUB_FAILURE", failure, 1);
    // The CUDA runtime then gets this one, by its name, wherever it would have looked.
    std::string text = "no stub";
    if (::dlopen(PELLUCID_BIN_DIR "/cuda-stub/libcuda.so.1", RTLD_NOW | RTLD_GLOBAL)) text = work();
    const bool written = ::write(ends[1], text.data(), text.size()) == std::ssize(text);
    ::_exit(written ? 0 : 1);
  }
  ::close(ends[1]);
  std::string text;
  char buffer[512];
  for (ssize_t n; (n = ::read(ends[0], buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(n));
  ::close(ends[0]);
  int status = 0;
  CHECK_EQ(::waitpid(child, &status, 0), child);
  CHECK_EQ(status, 0);
  return text;
}

}  // namespace

TEST_CASE("a driver that fails: auto takes cpu, cuda is refused with cause and cure") {
  for (const DriverFailure& failure : kDriverFailures) {
    const std::string name = failure.name;
    CAPTURE(name);
    CHECK_EQ(
        with_driver(failure.name, [] { return std::string(to_string(resolve_device("auto"))); }),
        "cpu");
    const std::string said = with_driver(failure.name, []() -> std::string {
      try {
        resolve_device("cuda");
      } catch (const Error& error) {
        return error.what();
      }
      return "taken";
    });
    CAPTURE(said);
    CHECK(said.starts_with(std::string("--device cuda: ") + failure.cause));
    CHECK(said.ends_with(std::string("; ") + failure.cure));
  }
}
