// The programs with a driver that does not work, in a build with CUDA.
#include <doctest/doctest.h>

#include <cstdlib>

#include "tests/apps/process.h"
#include "tests/runtime/cuda_driver/driver_failures.h"

#ifdef PELLUCID_HAS_CUDA

using namespace pellucid;

TEST_CASE(
    "a driver that fails: --device auto goes on with cpu, --device cuda ends with exit code 1") {
  ::setenv("LD_LIBRARY_PATH", PELLUCID_BIN_DIR "/cuda-stub", 1);
  for (const test::DriverFailure& failure : test::kDriverFailures) {
    const std::string name = failure.name, cause = failure.cause, cure = failure.cure;
    CAPTURE(name);
    ::setenv("PELLUCID_STUB_FAILURE", failure.name, 1);
    const auto train = [&](const std::string& device) {
      return test::run("pellucid-train", {"--data", "phantom", "--phantom-count", "1,1,1",
                                          "--epochs", "1", "--device", device, "--out",
                                          (test::work_folder() / (name + "-" + device)).string()});
    };
    const test::Outcome by_auto = train("auto"), by_cuda = train("cuda");
    CAPTURE(by_auto.err);
    CHECK_EQ(by_auto.code, 0);
    CHECK(by_auto.err.find("device cpu: ") != by_auto.err.npos);
    CHECK(by_auto.err.find("; not cuda: " + cause) != by_auto.err.npos);
    CAPTURE(by_cuda.err);
    CHECK(test::is_error(by_cuda, 1, "--device cuda: " + cause));
    CHECK(by_cuda.err.ends_with("; " + cure + "\n"));
  }
  ::unsetenv("PELLUCID_STUB_FAILURE");
  ::unsetenv("LD_LIBRARY_PATH");
}

#endif
