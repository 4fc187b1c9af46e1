// bench_peers.h: the Python libraries that do the same work, timed by a script of
// scripts/benchmarks/ in the same run, with the same weights, picture, threads and device.
#pragma once

#include <string>
#include <vector>

#include "apps/peer_line.h"
#include "nn/data/dataset.h"
#include "nn/graph/model.h"

namespace pellucid {

struct PeersRun {
  std::string python;  // the interpreter
  std::string script;  // "explainer_peers.py", of scripts/benchmarks/
  Device device;       // emu: cpu
  int threads;         // of Pellucid on the host: the peers get as many
  int repeats;
  std::vector<std::string> arguments;  // the script's own, after the common ones
};

// Runs the script with `first` before the common arguments.
std::vector<Peer> run_peer_script(const PeersRun& run, const std::vector<std::string>& first);

// The same with the model's weights and the picture as files: with the tuned allocator settings that PyTorch needs on a CPU; a line on stderr
// for each result. Throws Error if it cannot be started or fails.
std::vector<Peer> run_peers(Stream& stream, const Model& model, const Sample& sample,
                            const PeersRun& run);

}  // namespace pellucid
