#include "runtime/parallel.h"

#include <atomic>
#include <vector>

#include "tests/nn/data/support.h"

using namespace pellucid;
using namespace pellucid::test;

TEST_CASE("parallel_for: each index once") {
  std::vector<int> calls(1000);
  parallel_for(calls.size(), [&](std::size_t i) { ++calls[i]; });
  CHECK(calls == std::vector<int>(1000, 1));
  parallel_for(0, [](std::size_t) { FAIL("called"); });
}

TEST_CASE("parallel_for: the error of the lowest index is reported") {
  for (int round = 0; round < 50; ++round)
    CHECK(message_of([] {
            parallel_for(200, [](std::size_t i) {
              if (i == 37 || i == 38 || i > 150) fail("index ", i);
            });
          }) == "index 37");
}
