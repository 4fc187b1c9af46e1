// bench_explainers.h: `pellucid-bench explainers`: what LIME and Kernel SHAP of one picture cost,
// stage by stage, beside the Python explainers on the same picture, weights and threads.
#pragma once

#include "apps/bench_options.h"

namespace pellucid {

// Prints the table to stdout. The network is balve2024 with weights drawn from seed 1, the picture
// a phantom of 224 × 224: the time depends on neither.
void bench_explainers(const BenchOptions& options);

}  // namespace pellucid
