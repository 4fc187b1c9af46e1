// verdict.h: what the importer makes of a case. A network here has one input, and the batch is not one of its
// axes, so a case is tried in several ways:
//   - each of its first three float inputs is the network's, and all others are constants;
//   - all float inputs are the network's, one behind the other (ImportOptions::joined);
//   - both with axis 0 as the batch, where it is one, and with one image;
//   - without a network: all inputs are constants, and nodes are folded.
#pragma once

#include <string>

#include "runtime/stream.h"
#include "tests/conformance/suite.h"

namespace pellucid::test {

struct Verdict {
  enum Kind {
    passed,   // a way of a network gives the right numbers, and none gives wrong ones
    folded,   // only the way without a network does
    refused,  // no way gives any
    failed    // a way gives wrong ones
  };
  Kind kind = refused;
  std::string reason;     // why it is refused, or which numbers are wrong
  bool official = false;  // right by the official tolerance only
};

// Right is |a − b| ≤ 1e-5·max(1, |b|), or else, marked as such, the official 1e-7 + 1e-3·|b|; integers are equal.
Verdict verdict_on(Stream& stream, const ConformanceCase& one);

}  // namespace pellucid::test
