// seeded_bugs NAME: runs one kernel with a seeded bug, so that CTest can check what the sanitizers
// or the emulator say about it. `clean` runs the correct kernels and prints "clean". Without a
// name: lists them. seeded_bugs.cmake says which build finds which.
#include <cstdio>
#include <numeric>
#include <string_view>
#include <vector>

#include "runtime/error.h"
#include "runtime/launch/launch_seam.h"
#include "tests/runtime/emulator/correct_kernels.h"
#include "tests/runtime/emulator/kernels.h"
#include "tests/runtime/emulator/scoped_options.h"

namespace pellucid::emu::test {
namespace {

void clean() {
  emulator::with_all_options([] {
    for (const CorrectKernel& kernel : correct_kernels())
      require(kernel.run(), kernel.name, " computes a wrong result");
  });
  std::puts("clean");
}

void missing_barrier() {
  std::vector<float> a(32 * 32, 1), b(32 * 32, 1), c(32 * 32);
  run("missing_barrier", {2, 2}, {kTile, kTile}, 0, tiled_product<false>, a.data(), b.data(),
      c.data(), 32);
}

void reused_buffer() {
  std::vector<float> x(256, 1), out(2);
  run("reused_buffer", 1, 256, 0, reduce_twice<false>, x.data(), out.data());
}

void plain_histogram() {
  std::vector<int> x(64), bins(8);
  run("plain_histogram", 1, 64, 0, histogram<false>, x.data(), bins.data(), 64);
}

void blocks_add_to_one_word() {
  int word = 0;
  run("blocks_add_to_one_word", 2, 32, 0, add_across_blocks<false>, &word);
}

void global_out_of_bounds() {
  std::vector<int> x(64);
  run("global_out_of_bounds", 1, 32, 0, out_of_bounds, x.data(), 40);
}

void dynamic_shared_out_of_bounds() {
  std::vector<int> x(128), out(128);
  run("dynamic_shared_out_of_bounds", 1, 128, 127 * sizeof(int), reverse_in_dynamic_shared,
      x.data(), out.data());
}

void shared_out_of_bounds() {
  std::vector<int> out(32);
  run("shared_out_of_bounds", 1, 32, 0, shared_index_out_of_bounds, out.data(), 1);
}

void half_block() { run("half_block", 1, 128, 0, half_block_barrier); }

void barrier_and_shuffle() {
  std::vector<int> out(128);
  run("barrier_and_shuffle", 1, 128, 0, barrier_against_shuffle, out.data());
}

void early_return() {
  std::vector<int> out(64);
  run("early_return", 1, 64, 0, return_before_shuffle, out.data(), 40);
}

void source_lane() {
  std::vector<int> out(32);
  run("source_lane", 1, 32, 0, source_outside_mask, out.data());
}

void illegal_launch() { validate_launch({"illegal_launch", 1, 1056}); }

void stack_overflow() {
  run("stack_overflow", 1, 64, 0, deep_recursion, static_cast<int*>(nullptr), 100000);
}

struct Program {
  const char* name;
  void (*run)();
};
constexpr Program kPrograms[] = {
    {"clean", clean},
    {"missing_barrier", missing_barrier},
    {"reused_buffer", reused_buffer},
    {"plain_histogram", plain_histogram},
    {"blocks_add_to_one_word", blocks_add_to_one_word},
    {"global_out_of_bounds", global_out_of_bounds},
    {"dynamic_shared_out_of_bounds", dynamic_shared_out_of_bounds},
    {"shared_out_of_bounds", shared_out_of_bounds},
    {"half_block", half_block},
    {"barrier_and_shuffle", barrier_and_shuffle},
    {"early_return", early_return},
    {"source_lane", source_lane},
    {"illegal_launch", illegal_launch},
    {"stack_overflow", stack_overflow},
};

int main(int argc, char** argv) {
  for (const Program& program : kPrograms) {
    if (argc < 2) {
      std::puts(program.name);
    } else if (std::string_view(argv[1]) == program.name) {
      // At least two workers, or blocks would be ordered on a machine with one core.
      const emulator::ScopedOptions scoped({emulator::ThreadOrder::forward, 2});
      try {
        program.run();
        return 0;
      } catch (const Error& error) {
        std::printf("error: %s\n", error.what());
        return 1;
      }
    }
  }
  return argc < 2 ? 0 : 2;
}

}  // namespace
}  // namespace pellucid::emu::test

int main(int argc, char** argv) { return pellucid::emu::test::main(argc, argv); }
