#include "apps/background.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "runtime/error.h"

using namespace pellucid;

TEST_CASE("background: everything is done, in order") {
  for (const std::size_t most : {0, 1, 4}) {
    std::vector<int> done;
    Background background(most);
    for (int i = 0; i < 200; ++i) background.post([&, i] { done.push_back(i); });
    background.finish();
    REQUIRE(done.size() == 200);
    for (int i = 0; i < 200; ++i) CHECK(done[static_cast<std::size_t>(i)] == i);
    background.finish();  // with nothing to do
  }
}

TEST_CASE("background: no more waits than it was told") {
  std::atomic<int> posted = 0, done = 0, most_ahead = 0;
  Background background(3);
  for (int i = 0; i < 100; ++i) {
    background.post([&] {
      most_ahead = std::max(most_ahead.load(), posted - done);
      ++done;
    });
    ++posted;
  }
  background.finish();
  CHECK(done == 100);
  CHECK(most_ahead <= 7);  // three that wait, three at work, one just posted
}

TEST_CASE("background: what is prepared is there when its work is done, in order") {
  for (const std::size_t most : {0, 4}) {
    std::vector<int> prepared(100), done;
    Background background(most);
    for (std::size_t i = 0; i < 100; ++i)
      background.post([&, i] { prepared[i] = static_cast<int>(i) + 1; },
                      [&, i] { done.push_back(prepared[i]); });
    background.finish();
    REQUIRE(done.size() == 100);
    for (int i = 0; i < 100; ++i) CHECK(done[static_cast<std::size_t>(i)] == i + 1);
  }
}

TEST_CASE("background: what throws is thrown to the caller, and nothing is done after it") {
  int after = 0;
  Background background(100);
  background.post([] { fail("the disk is full"); });
  try {
    for (int i = 0; i < 10; ++i) background.post([&] { ++after; });
    background.finish();
    FAIL("nothing was thrown");
  } catch (const Error& error) {
    CHECK(std::string(error.what()) == "the disk is full");
  }
  CHECK(after == 0);
}

TEST_CASE("background: it may end before all is done") {
  std::atomic<bool> go = false;
  int done = 0;
  {
    Background background(10);
    background.post([&] {
      while (!go) std::this_thread::yield();
      ++done;
    });
    for (int i = 0; i < 5; ++i) background.post([&] { ++done; });
    go = true;
  }
  CHECK(done <= 6);
}
