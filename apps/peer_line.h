// peer_line.h: what a script of scripts/benchmarks/ prints, JSON Lines: one result a line.
#pragma once

#include <string>
#include <string_view>

namespace pellucid {

struct Peer {
  std::string name, task, error;  // error: why it could not be timed
  double seconds = 0;             // the least of the repeats
  double peak_bytes = 0;          // of its process; 0: not told
};

// {"peer": …, "task": …, "seconds": …, "peak_bytes": …} or with "error" instead of the last two.
// Throws Error naming `where` for another kind of value; other keys are ignored.
Peer parse_peer(std::string_view line, const std::string& where);

}  // namespace pellucid
