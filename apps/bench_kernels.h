// bench_kernels.h: `pellucid-bench kernels`: every variant of every operator of a device, timed on
// the shapes of the paper's network.
#pragma once

#include "apps/bench_options.h"

namespace pellucid {

// Prints the table to stdout: the median time of a variant's kernels (host operators on cpu), what
// the operator must do at least over it, and how many times as fast as the naive variant that is.
void bench_kernels(const BenchOptions& options);

}  // namespace pellucid
