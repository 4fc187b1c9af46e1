// pellucid-bench: measures Pellucid itself. Each verb is a benchmark.
#include "apps/bench_emulator.h"
#include "apps/bench_explainers.h"
#include "apps/bench_kernels.h"
#include "apps/bench_onnx.h"
#include "apps/bench_training.h"
#include "apps/command_line.h"
#include "apps/sibling_program.h"
#include "runtime/error.h"
#include "runtime/formats/nearest.h"

namespace pellucid {
namespace {

const std::vector<std::string> kVerbs = {"counts",  "emulator", "explainers",
                                         "kernels", "onnx",     "training"};

int run_bench(const std::string& verb, const BenchOptions& options,
              const std::vector<std::string>& files) {
  const char* const known = " (known: counts, emulator, explainers, kernels, onnx, training)";
  if (verb.empty()) throw UsageError(concat("what to measure?", known));
  if (options.policy.given() && (verb == "kernels" || verb == "emulator"))
    throw UsageError(
        concat("--variant and --precision are for explainers and training, not ", verb));
  if (!files.empty() && verb != "onnx") throw UsageError(concat("files are for onnx, not ", verb));
  if (verb == "explainers") {
    bench_explainers(options);
  } else if (verb == "kernels") {
    bench_kernels(options);
  } else if (verb == "onnx") {
    bench_onnx(options, files);
  } else if (verb == "training") {
    bench_training(options);
  } else if (verb == "emulator") {
    require(bench_emulator(),
            "a bar of the emulator is not reached; the table says which (a busy "
            "machine or a debug build is slower)");
  } else {
    throw UsageError(concat("unknown benchmark '", verb, "'", did_you_mean(verb, kVerbs), known));
  }
  return kExitDone;
}

}  // namespace
}  // namespace pellucid

int main(int argc, char** argv) {
  using namespace pellucid;
  CommandLine app("Measures Pellucid itself.", "pellucid-bench");
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
      "  explainers  LIME and Kernel SHAP stage by stage, beside the Python explainers\n"
      "  kernels     every variant of every operator on the shapes of the paper's network\n"
      "  onnx        forward passes of networks in ONNX files, beside onnxruntime: onnx FILE…\n"
      "  training    training, prediction and Grad-CAM of the paper's network, beside PyTorch\n");
  std::string verb;
  app.add_positional("BENCHMARK", verb, "what to measure");
  std::vector<std::string> files;
  app.add_list("FILES", files, "FILE", "onnx: the networks");
  BenchOptions options;
  app.add_text(
      "--python", options.python, "PATH",
      "explainers, onnx, training: an interpreter with torch, captum, lime, shap, scikit-image, "
      "grad-cam and onnxruntime, which are then timed too");
  app.add_whole("--samples", options.samples, 1, 1 << 20, "explainers: masks");
  app.add_whole("--repeats", options.repeats, 1, 100, "the least time counts; kernels: the median");
  app.add_text("--json", options.json, "FILE", "kernels: write the times as JSON; - is stdout");
  add_device(app, options.device);
  add_policy(app, options.policy);
  return run_program(app, argc, argv, [&] { return run_bench(verb, options, files); });
}
