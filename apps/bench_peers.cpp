#include "apps/bench_peers.h"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "apps/command_line.h"
#include "apps/scratch_folder.h"
#include "nn/data/codec/image_file.h"
#include "nn/train/checkpoint.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

const char* const kTunedPyTorch =
    "OPENBLAS_NUM_THREADS=1 "
    "GLIBC_TUNABLES=glibc.malloc.hugetlb=1:glibc.malloc.mmap_max=0:"
    "glibc.malloc.trim_threshold=1000000000000:glibc.malloc.top_pad=268435456";

// A word for the shell.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

}  // namespace

std::vector<Peer> run_peer_script(const PeersRun& run, const std::vector<std::string>& first) {
  const std::filesystem::path script =
      std::filesystem::path(PELLUCID_BENCHMARK_SCRIPTS) / run.script;
  require(std::filesystem::exists(script), script.string(),
          ": not found; --python needs the source tree that this program was built from");
  std::string command = fmt::format("OMP_NUM_THREADS={} {} {} {}", run.threads, kTunedPyTorch,
                                    quoted(run.python), quoted(script.string()));
  for (const std::string& argument : first) command += " " + quoted(argument);
  command +=
      fmt::format(" {} {} {}", run.device.kind == DeviceKind::cuda ? to_string(run.device) : "cpu",
                  run.threads, run.repeats);
  for (const std::string& argument : run.arguments) command += " " + quoted(argument);
  std::FILE* pipe = popen(command.c_str(), "r");
  require(pipe != nullptr, run.python, ": cannot be started");
  std::vector<Peer> peers;
  std::array<char, 4096> line{};
  while (std::fgets(line.data(), static_cast<int>(line.size()), pipe)) {
    peers.push_back(parse_peer(line.data(), concat(run.script, ": line ", peers.size() + 1)));
    print_note(fmt::format("{}: {}", peers.back().name,
                           peers.back().error.empty()
                               ? fmt::format("{:.4g} s", peers.back().seconds)
                               : peers.back().error));
  }
  require(pclose(pipe) == 0, run.python, ": the peers' script failed; its output is above");
  return peers;
}

std::vector<Peer> run_peers(Stream& stream, const Model& model, const Sample& sample,
                            const PeersRun& run) {
  const ScratchFolder folder;
  const auto weights = folder.path() / "weights.safetensors", image = folder.path() / "image.png";
  save_checkpoint(stream, model, {}, weights);
  write_png(image, model.input().w, model.input().h, 1, sample.pixels.bytes());
  return run_peer_script(run, {weights.string(), image.string()});
}

}  // namespace pellucid
