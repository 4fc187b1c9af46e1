// bench_kernels.h: `pellucid-bench kernels`: every variant of every operator of a device, timed on
// the shapes of the paper's network.
#pragma once

#include <string>

namespace pellucid {

struct BenchKernelsOptions {
  std::string device = "cpu";
  std::string json;  // a file, "-" for stdout instead of the table, or empty
  int repeats = 3;
};

// Prints the table to stdout: the median time of a variant's kernels (host operators on cpu), what
// the operator must do at least over it, and how many times as fast as the naive variant that is.
void bench_kernels(const BenchKernelsOptions& options);

}  // namespace pellucid
