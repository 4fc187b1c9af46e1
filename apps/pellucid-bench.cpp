// pellucid-bench: measures Pellucid itself. Each verb is a benchmark.
#include "apps/bench_emulator.h"
#include "apps/bench_explainers.h"
#include "apps/command_line.h"
#include "apps/sibling_program.h"
#include "nn/nearest.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

const std::vector<std::string> kVerbs = {"counts", "emulator", "explainers"};

int run_bench(const std::string& verb, const BenchExplainersOptions& explainers) {
  if (verb.empty()) throw UsageError("what to measure? (known: counts, emulator, explainers)");
  if (verb == "explainers") {
    bench_explainers(explainers);
  } else if (verb == "emulator") {
    require(bench_emulator(),
            "a bar of the emulator is not reached; the table says which (a busy "
            "machine or a debug build is slower)");
  } else {
    throw UsageError(concat("unknown benchmark '", verb, "'", did_you_mean(verb, kVerbs),
                            " (known: counts, emulator, explainers)"));
  }
  return kExitDone;
}

}  // namespace
}  // namespace pellucid

int main(int argc, char** argv) {
  using namespace pellucid;
  CLI::App app("Measures Pellucid itself.", "pellucid-bench");
  if (argc > 1 && std::string_view(argv[1]) == "counts")
    return run_program(app, 1, argv, [&]() -> int {
      run_sibling("pellucid-counts", argv + 1,
                  "it is built by g++ for x86-64-v3, without a sanitizer");
    });
  app.footer(
      "Benchmarks:\n"
      "  counts      what every kernel asks of memory, without a GPU (counts --help)\n"
      "  emulator    what a barrier, a shuffle and a thread cost, and matrix products; exit code "
      "1\n"
      "              if a bar is missed\n"
      "  explainers  LIME and Kernel SHAP stage by stage, beside the Python explainers\n");
  std::string verb;
  app.add_option("BENCHMARK", verb, "what to measure");
  BenchExplainersOptions explainers;
  add_text(app, "--python", explainers.python, "PATH",
           "explainers: an interpreter with torch, lime, shap, captum and scikit-image, which are "
           "then timed too");
  add_whole(app, "--samples", explainers.samples, 1, 1 << 20, "explainers: masks");
  add_whole(app, "--repeats", explainers.repeats, 1, 100, "explainers: the least time counts");
  add_device(app, explainers.device);
  return run_program(app, argc, argv, [&] { return run_bench(verb, explainers); });
}
