// The threads that a benchmark says are those that it has.
#include <doctest/doctest.h>

#include <cstdlib>

#include "tests/apps/process.h"
#include "tests/support/device.h"

using namespace pellucid;

TEST_CASE("pellucid-bench training says how many threads it is given") {
  if (test::device() != DeviceKind::cpu || test::kSmallShapesOnly) return;
  ::setenv("OMP_NUM_THREADS", "1", 1);
  const test::Outcome outcome = test::run("pellucid-bench", {"training", "--repeats", "1"});
  ::unsetenv("OMP_NUM_THREADS");
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(outcome.out.find("pictures of 224x224x3, 1 thread, device cpu") != std::string::npos);
}
