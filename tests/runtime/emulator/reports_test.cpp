// What the emulator reports by itself, in any build: the message names kernel, block, threads and
// lines, and the next launch is unaffected.
#include <doctest/doctest.h>

#include <numeric>
#include <string>
#include <vector>

#include "runtime/error.h"
#include "runtime/launch/launch_seam.h"
#include "tests/runtime/emulator/correct_kernels.h"
#include "tests/runtime/emulator/kernels.h"
#include "tests/runtime/emulator/scoped_options.h"

namespace pellucid::emu::test {
namespace {

template <class Work>
std::string report_of(Work work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "no report";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// The report holds all parts in every order and on any number of workers, and correct kernels run
// right after it.
template <class Work>
void check_report(const std::vector<std::string>& parts, Work work) {
  emulator::with_all_options([&] {
    const std::string report = report_of(work);
    CAPTURE(report);
    for (const std::string& part : parts) {
      CAPTURE(part);
      CHECK(contains(report, part));
    }
    for (const CorrectKernel& kernel : correct_kernels()) CHECK(kernel.run());
  });
}

std::string at(int line) { return concat("emulator/kernels.h:", line); }

TEST_CASE("emulator: reports a barrier that half the block skips") {
  check_report({"kernel half, block (0, 0, 0): part of the block skips a barrier",
                "threads 0–63 wait in __syncthreads() at ", at(kHalfBlockFirstLine),
                "threads 64–127 wait in __syncthreads() at ", at(kHalfBlockSecondLine)},
               [] { run("half", 1, 128, 0, half_block_barrier); });
}

TEST_CASE("emulator: reports a barrier against a shuffle") {
  std::vector<int> out(128);
  check_report(
      {"kernel against, block (0, 0, 0)", "threads 0–63 wait in __syncthreads() at ",
       at(kAgainstBarrierLine), "threads 64–79 wait in a shuffle at ", at(kAgainstShuffleLine),
       "threads 80–127 wait in __syncthreads() at ", at(kAgainstShuffleLine + 2)},
      [&] { run("against", 1, 128, 0, barrier_against_shuffle, out.data()); });
}

TEST_CASE("emulator: reports an early return before a full-mask shuffle") {
  std::vector<int> out(128);
  check_report({"kernel early, block (1, 0, 0): ", "a shuffle at ", at(kReturnShuffleLine),
                "names lanes 8–31 of warp 1, which have exited", "threads 32–39 wait in a shuffle",
                "threads 0–31, 40–63 have exited"},
               [&] { run("early", 2, 64, 0, return_before_shuffle, out.data(), 64 + 40); });
}

TEST_CASE("emulator: reports a lane that leaves while others vote") {
  std::vector<int> out(64);
  check_report({"a vote at ", at(kReturnVoteLine), "names lane 5 of warp 0, which has exited",
                "threads 5, 37 have exited"},
               [&] { run("leaves", 1, 64, 0, shuffle_then_return, out.data()); });
}

TEST_CASE("emulator: reports a source lane outside the mask, and a lane outside its own") {
  std::vector<int> out(32);
  check_report({"kernel source, block (0, 0, 0): thread ", "asks for lane ", "in a shuffle at ",
                at(kSourceLine), "outside the mask 0xffff"},
               [&] { run("source", 1, 32, 0, source_outside_mask, out.data()); });
  check_report({"whose mask 0xffff does not name it"},
               [&] { run("own", 1, 32, 0, own_lane_outside_mask, out.data()); });
}

TEST_CASE("emulator: reports lanes of a warp in different shuffles or with different masks") {
  std::vector<int> out(32);
  check_report({"lanes of warp 0 are in a shuffle and in another warp operation",
                "threads 0–15 wait in a shuffle", "threads 16–31 wait in a shuffle"},
               [&] { run("different", 1, 32, 0, lanes_in_different_shuffles, out.data()); });
  check_report({"lanes of warp 0 are in a vote with different masks", "with mask 0xffff8000"},
               [&] { run("masks", 1, 32, 0, lanes_with_different_masks, out.data()); });
}

TEST_CASE("emulator: reports a stack overflow and goes on") {
  check_report({"kernel deep, block (0, 0, 0): thread 37 overflows its stack of "},
               [] { run("deep", 1, 64, 0, deep_recursion, static_cast<int*>(nullptr), 100000); });
}

TEST_CASE("emulator: a deep but fitting stack is fine") {
  std::vector<int> out(64);
  emulator::with_all_options(
      [&] { CHECK_NOTHROW(run("fits", 1, 64, 0, deep_recursion, out.data(), 20)); });
}

TEST_CASE("emulator: an exception in a kernel reaches the launching thread") {
  check_report({"kernel throwing, block (0, 0, 0): thread 9 threw: thrown by a kernel"},
               [] { run("throwing", 1, 64, 0, throws_in_thread, 9); });
}

TEST_CASE("emulator: of several failing blocks on one worker the first is reported") {
  const emulator::ScopedOptions scoped({emulator::ThreadOrder::forward, 1});
  std::vector<int> out(5 * 64);
  const std::string report =
      report_of([&] { run("many", 5, 64, 0, return_before_shuffle, out.data(), 3 * 64 + 1); });
  CAPTURE(report);
  CHECK(contains(report, "block (3, 0, 0)"));
}

__global__ void launches() { run("inner", 1, 32, 0, half_block_barrier); }

TEST_CASE("emulator: reports a launch inside a kernel") {
  check_report({"inner is launched from inside a kernel"},
               [] { run("outer", 1, 32, 0, launches); });
}

TEST_CASE("emulator: every limit of a launch is checked and named with its value") {
  const auto message = [](Dim3 grid, Dim3 block, std::size_t shared) {
    return report_of([&] { validate_launch({"k", grid, block, shared}); });
  };
  CHECK(message(1, 32, 0) == "no report");
  CHECK(message({0x7FFFFFFF, 65535, 65535}, {16, 1, 64}, 227 * 1024) == "no report");
  struct Limit {
    Dim3 grid, block;
    std::size_t shared;
    const char* value;
  };
  const Limit limits[] = {
      {{0, 1}, 32, 0, "grid must not be empty, got 0"},
      {{1, 0}, 32, 0, "grid must not be empty, got 0"},
      {0x80000000u, 32, 0, "grid.x is at most 2147483647, got 2147483648"},
      {{1, 65536}, 32, 0, "grid.y is at most 65535, got 65536"},
      {{1, 1, 65536}, 32, 0, "grid.z is at most 65535, got 65536"},
      {1, 0, 0, "block must not be empty, got 0"},
      {1, 1056, 0, "at most 1024 threads, got 1056"},
      {1, 33, 0, "multiple of 32 threads, got 33"},
      {1, {1, 1, 96}, 0, "block.z is at most 64, got 96"},
      {1, 32, 227 * 1024 + 1, "shared memory is at most 232448 bytes, got 232449"},
  };
  for (const Limit& limit : limits) {
    const std::string text = message(limit.grid, limit.block, limit.shared);
    CAPTURE(text);
    CHECK(contains(text, "illegal launch of k: "));
    CHECK(contains(text, limit.value));
  }
}

TEST_CASE("emulator: refuses a negative number of workers") {
  CHECK_THROWS_AS(emulator::set_options({emulator::ThreadOrder::forward, -1}), Error);
}

}  // namespace
}  // namespace pellucid::emu::test
