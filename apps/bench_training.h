// bench_training.h: `pellucid-bench training`: the paper's network in training, prediction and
// Grad-CAM, beside PyTorch with the same weights, pictures' size, threads and device.
#pragma once

#include <string>

namespace pellucid {

struct BenchTrainingOptions {
  std::string device = "cpu";
  std::string python;  // interpreter with torch, captum and grad-cam; empty: no peers
  int repeats = 3;     // the least time counts
};

// Prints the table to stdout. Weights are drawn from seed 1, pictures are phantoms of 224 × 224:
// the time depends on neither.
void bench_training(const BenchTrainingOptions& options);

}  // namespace pellucid
