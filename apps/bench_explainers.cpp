#include "apps/bench_explainers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <thread>

#include "apps/command_line.h"
#include "apps/provenance.h"
#include "explain/superpixel_explainer.h"
#include "nn/checkpoint.h"
#include "nn/data/image_file.h"
#include "nn/data/phantom.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

const char* const kTunedPyTorch =
    "OPENBLAS_NUM_THREADS=1 "
    "GLIBC_TUNABLES=glibc.malloc.hugetlb=1:glibc.malloc.mmap_max=0:"
    "glibc.malloc.trim_threshold=1000000000000:glibc.malloc.top_pad=268435456";

struct Peer {
  std::string name, method, error;
  double seconds = 0;
};

// A word for the shell.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// A folder of its own under the system's, removed at the end.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string path = (std::filesystem::temp_directory_path() / "pellucid-bench-XXXXXX").string();
    require(mkdtemp(path.data()) != nullptr, path, ": cannot make a folder for the peers' files");
    path_ = path;
  }
  ~ScratchFolder() {
    std::error_code none;
    std::filesystem::remove_all(path_, none);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::vector<Peer> run_peers(Stream& stream, const Model& model, const Sample& sample,
                            const BenchExplainersOptions& options, unsigned threads) {
  const ScratchFolder folder;
  const auto weights = folder.path() / "weights.safetensors", image = folder.path() / "image.png";
  save_checkpoint(stream, model, {}, weights);
  write_png(image, model.input().w, model.input().h, 1, sample.pixels);
  const std::string script = std::string(PELLUCID_PEERS_SCRIPT);
  require(std::filesystem::exists(script), script,
          ": not found; --python needs the source tree that this program was built from");
  const std::string command =
      fmt::format("OMP_NUM_THREADS={} {} {} {} {} {} {} {} {}", threads, kTunedPyTorch,
                  quoted(options.python), quoted(script), quoted(weights.string()),
                  quoted(image.string()), options.samples, threads, options.repeats);
  std::FILE* pipe = popen(command.c_str(), "r");
  require(pipe != nullptr, options.python, ": cannot be started");
  std::vector<Peer> peers;
  std::array<char, 4096> line{};
  while (std::fgets(line.data(), static_cast<int>(line.size()), pipe)) {
    const Json result = parse_json(line.data(), "the peers' output");
    peers.push_back({result.value("peer", ""), result.value("method", ""),
                     result.value("error", ""), result.value("seconds", 0.0)});
    print_note(fmt::format("{}: {}", peers.back().name,
                           peers.back().error.empty()
                               ? fmt::format("{:.2f} s", peers.back().seconds)
                               : peers.back().error));
  }
  require(pclose(pipe) == 0, options.python, ": the peers' script failed; its output is above");
  return peers;
}

}  // namespace

void bench_explainers(const BenchExplainersOptions& options) {
  const DeviceKind device = open_device(options.device);
  Stream stream(device);
  Model model(stream, load_model_description("balve2024"), 1);
  model.set_requires_gradient(false);
  const Sample sample = phantom_sample(model.input().h, 0, 2, 2);
  SuperpixelOptions settings;
  settings.samples = options.samples;
  SuperpixelExplainer explainer(stream, model, settings);
  const unsigned threads = std::max(1u, std::thread::hardware_concurrency());

  std::optional<std::vector<Peer>> peers;
  if (!options.python.empty()) peers = run_peers(stream, model, sample, options, threads);

  std::string out = fmt::format(
      "balve2024, one phantom of {}x{}, N = {}, all classes, {} threads, device {}, {}\n\n"
      "{:<12} {:>8} {:>10} {:>8} {:>7} {:>9} {:>9} {:>8} {:>9}\n",
      model.input().h, model.input().w, options.samples, threads, to_string(device),
      describe_program("pellucid-bench", device)["build"].dump(), "method", "seconds", "segmenting",
      "masks", "fill", "forwards", "solving", "rest", "peak MiB");
  std::vector<std::pair<std::string, double>> ours;
  for (const char* method : {"lime", "kernelshap"}) {
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
        "{:<12} {:>8.3f} {:>10.4f} {:>8.5f} {:>7.5f} {:>9.3f} {:>9.5f} {:>7.2f}% {:>9.1f}\n",
        method, total, stage("segmentation"), stage("masks"), stage("fill"), stage("forwards"),
        stage("solve"), 100 * (total - stage("forwards") - stage("segmentation")) / total,
        static_cast<double>(best->cost.peak_bytes) / (1 << 20));
    ours.emplace_back(method, total);
  }
  out += "\nrest: what is neither forwards nor segmentation, of the whole\n";
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
        if (method == peer.method) out += fmt::format("   {:.2f}", peer.seconds / seconds);
      out += "\n";
    }
  }
  print_result(out);
}

}  // namespace pellucid
