// pellucid-bench: measures Pellucid itself. Each verb is a benchmark.
#include "apps/bench_emulator.h"
#include "apps/command_line.h"
#include "nn/nearest.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

const std::vector<std::string> kVerbs = {"emulator"};

int run_bench(const std::string& verb) {
  if (verb.empty()) throw UsageError("what to measure? (known: emulator)");
  if (verb != kVerbs[0])
    throw UsageError(
        concat("unknown benchmark '", verb, "'", did_you_mean(verb, kVerbs), " (known: emulator)"));
  require(bench_emulator(),
          "a bar of the emulator is not reached; the table says which (a busy "
          "machine or a debug build is slower)");
  return kExitDone;
}

}  // namespace
}  // namespace pellucid

int main(int argc, char** argv) {
  using namespace pellucid;
  CLI::App app("Measures Pellucid itself.", "pellucid-bench");
  app.footer(
      "Benchmarks:\n"
      "  emulator  what a barrier, a shuffle and a thread cost, and matrix products; exit code 1\n"
      "            if a bar is missed\n");
  std::string verb;
  app.add_option("BENCHMARK", verb, "what to measure");
  return run_program(app, argc, argv, [&] { return run_bench(verb); });
}
