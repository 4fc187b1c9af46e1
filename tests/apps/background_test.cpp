#include "apps/background.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "apps/read_ahead.h"
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

TEST_CASE("read ahead: every value, in order, and no more ahead than it was told") {
  for (const std::size_t most : {0, 1, 3}) {
    std::atomic<int> made = 0;
    ReadAhead<int> ahead(100, most, [&](std::size_t i) {
      ++made;
      return static_cast<int>(i) * 2;
    });
    for (int i = 0; i < 100; ++i) {
      REQUIRE(ahead.next() == 2 * i);
      CHECK(made <= i + 2 + static_cast<int>(most));  // one is being made
    }
  }
}

TEST_CASE("read ahead: what is thrown comes in its turn; what nobody takes is left out") {
  for (const std::size_t most : {0, 8}) {
    ReadAhead<std::string> ahead(5, most, [](std::size_t i) {
      if (i == 2) fail("no third");
      return std::to_string(i);
    });
    CHECK(ahead.next() == "0");
    CHECK(ahead.next() == "1");
    CHECK_THROWS_WITH_AS(ahead.next(), "no third", Error);
    const ReadAhead<int> unused(1000, 2, [](std::size_t i) { return static_cast<int>(i); });
    const ReadAhead<int> empty(0, 2, [](std::size_t) { return 0; });
  }
}
