// bench_training.h: `pellucid-bench training`: the paper's network in training, prediction and
// Grad-CAM, beside PyTorch with the same weights, pictures' size, threads and device.
#pragma once

#include "apps/bench_options.h"

namespace pellucid {

// Prints the table to stdout. Weights are drawn from seed 1, pictures are phantoms of 224 × 224:
// the time depends on neither.
void bench_training(const BenchOptions& options);

}  // namespace pellucid
