// bench_options.h: what the benchmarks of `pellucid-bench` are told; each looks at its own.
#pragma once

#include <string>

#include "apps/policy_options.h"

namespace pellucid {

struct BenchOptions {
  std::string device = "cpu";
  std::string python;    // explainers, training: an interpreter with the peers; empty: no peers
  std::string json;      // kernels: a file, "-" for stdout instead of the table, or empty
  int samples = 1000;    // explainers: masks
  int repeats = 3;       // the least time counts; kernels: the median
  PolicyOptions policy;  // explainers, training
};

}  // namespace pellucid
