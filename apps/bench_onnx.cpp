#include "apps/bench_onnx.h"

#include <fmt/format.h>

#include <filesystem>

#include "apps/bench_peers.h"
#include "apps/bench_seconds.h"
#include "apps/command_line.h"
#include "apps/provenance.h"
#include "kernels/host_threads.h"
#include "nn/plan/plan.h"
#include "nn/train/onnx_checkpoint.h"
#include "runtime/error.h"
#include "runtime/random.h"

namespace pellucid {
namespace {

constexpr int kBatches[] = {1, 16};

std::string task_of(int batch) { return fmt::format("batch {}", batch); }

// Noise: the time does not depend on it.
Tensor pictures(Stream& stream, const ActivationShape& input, int batch) {
  std::vector<float> values(static_cast<std::size_t>(input.count() * batch));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = random_uniform({1, 0}, i);
  return Tensor::from_host(stream, input.batch(batch), values);
}

}  // namespace

void bench_onnx(const BenchOptions& options, const std::vector<std::string>& files) {
  if (files.empty()) throw UsageError("onnx: name ONNX files");
  const Policy policy = parse_policy(options.policy);
  const Device device = open_device(options.device);
  const int threads = host_threads();
  std::string out = fmt::format(
      "{} thread{}, device {}; ms a picture, least of {}\n\n{:<28} {:>8} {:>12} {:>14} {:>8}\n",
      threads, threads == 1 ? "" : "s", describe_device(device), options.repeats, "", "batch",
      "Pellucid", options.python.empty() ? "" : "onnxruntime", "");
  for (const std::string& file : files) {
    Stream stream(device);
    use_policy(stream, policy);
    const OnnxModel onnx = read_onnx(file);
    const Checkpoint checkpoint =
        onnx_checkpoint(stream, onnx, network_description(onnx), OnnxUse::structure);
    const Plan plan(stream, checkpoint.model);
    std::vector<Peer> peers;
    if (!options.python.empty())
      peers = run_peer_script(
          {options.python, "onnx_peer.py", device, threads, options.repeats, {}}, {file});
    for (const int batch : kBatches) {
      const Tensor x = pictures(stream, plan.input(), batch);
      const double seconds = seconds_of(stream, options.repeats, [&] { plan.logits(x); });
      out += fmt::format("{:<28} {:>8} {:>12.2f}", std::filesystem::path(file).stem().string(),
                         batch, 1e3 * seconds / batch);
      for (const Peer& peer : peers) {
        if (peer.task != task_of(batch)) continue;
        out += peer.error.empty() ? fmt::format(" {:>14.2f} {:>7.2f}x", 1e3 * peer.seconds / batch,
                                                peer.seconds / seconds)
                                  : " " + peer.error;
      }
      out += "\n";
    }
  }
  print_result(out);
}

}  // namespace pellucid
