// bench_onnx.h: `pellucid-bench onnx FILE…`: forward passes of networks in ONNX files, beside onnxruntime.
#pragma once

#include <string>
#include <vector>

#include "apps/bench_options.h"

namespace pellucid {

// Prints the table to stdout: milliseconds a picture at batches of 1 and 16, the least of the repeats.
void bench_onnx(const BenchOptions& options, const std::vector<std::string>& files);

}  // namespace pellucid
