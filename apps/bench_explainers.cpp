#include "apps/bench_explainers.h"

#include <fmt/format.h>

#include <optional>

#include "apps/bench_peers.h"
#include "apps/command_line.h"
#include "apps/provenance.h"
#include "explain/surrogate/superpixel_explainer.h"
#include "kernels/host_threads.h"
#include "nn/data/phantom/phantom.h"

namespace pellucid {

void bench_explainers(const BenchOptions& options) {
  const Policy policy = parse_policy(options.policy);
  const Device device = open_device(options.device);
  Stream stream(device);
  use_policy(stream, policy);
  Model model(stream, load_model_description("balve2024"), 1);
  model.set_requires_gradient(false);
  const Sample sample = phantom_sample(model.input().h, 0, 2, 2);
  SuperpixelOptions settings;
  settings.samples = options.samples;
  const int threads = host_threads();

  std::optional<std::vector<Peer>> peers;
  if (!options.python.empty())
    peers = run_peers(stream, model, sample,
                      {options.python,
                       "explainer_peers.py",
                       device,
                       threads,
                       options.repeats,
                       {std::to_string(options.samples)}});

  std::string out = fmt::format(
      "balve2024, one phantom of {}x{}, N = {}, all classes, {} thread{}, device {}, {}\n\n"
      "{:<24} {:>8} {:>10} {:>8} {:>7} {:>8} {:>9} {:>8} {:>9} {:>8} {:>9}\n",
      model.input().h, model.input().w, options.samples, threads, threads == 1 ? "" : "s",
      to_string(device), describe_program("pellucid-bench", stream)["build"].dump(), "method",
      "seconds", "segmenting", "masks", "fill", "sharing", "forwards", "weights", "solving", "rest",
      "peak MiB");
  std::vector<std::pair<std::string, double>> ours;
  for (const Forward forward : {Forward::automatic, Forward::direct, Forward::shared})
    for (const char* method : {"lime", "kernelshap"}) {
      settings.forward = forward;
      SuperpixelExplainer explainer(stream, model, settings);
      std::optional<Explanation> best;
      for (int repeat = 0; repeat < options.repeats; ++repeat) {
        Explanation one = std::move(explainer.explain({&sample, std::nullopt}, {method}).front());
        if (!best || one.cost.seconds < best->cost.seconds) best = std::move(one);
      }
      const auto stage = [&](const char* name) {
        for (const auto& [stage_name, seconds] : best->stages)
          if (stage_name == name) return seconds;
        return 0.0;
      };
      const double total = best->cost.seconds;
      out += fmt::format(
          "{:<24} {:>8.4f} {:>10.4f} {:>8.5f} {:>7.5f} {:>8.4f} {:>9.4f} {:>8.5f} {:>9.5f} "
          "{:>7.2f}% "
          "{:>9.1f}\n",
          forward == Forward::automatic
              ? method
              : concat(method, forward == Forward::direct ? ", one by one" : ", shared"),
          total, stage("segmentation"), stage("masks"), stage("fill"), stage("sharing"),
          stage("forwards"), stage("weights"), stage("solve"),
          100 * (total - stage("sharing") - stage("forwards") - stage("segmentation")) / total,
          static_cast<double>(best->cost.peak_bytes) / (1 << 20));
      if (forward == Forward::automatic) ours.emplace_back(method, total);
    }
  out +=
      "\nsharing: finding and computing what looks alike to an output of the first "
      "convolutions\nrest: what is neither sharing, forwards nor segmentation, of the whole\n";
  if (peers) {
    out +=
        fmt::format("\n{:<52} {:>8}   ours is so many times as fast\n", "Python peer", "seconds");
    for (const Peer& peer : *peers) {
      if (!peer.error.empty()) {
        out += fmt::format("{:<52} {:>8}   {}\n", peer.name, "-", peer.error);
        continue;
      }
      out += fmt::format("{:<52} {:>8.3f}", peer.name, peer.seconds);
      for (const auto& [method, seconds] : ours)
        if (method == peer.task) out += fmt::format("   {:.2f}", peer.seconds / seconds);
      out += "\n";
    }
  }
  print_result(out);
  note_unused_variants(stream);
}

}  // namespace pellucid
