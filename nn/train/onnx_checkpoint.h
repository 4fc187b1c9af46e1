// onnx_checkpoint.h: a network of an ONNX file as a model that the programs take (nn/graph/onnx/network.h).
#pragma once

#include <filesystem>

#include "nn/graph/onnx/network.h"
#include "nn/train/checkpoint.h"

namespace pellucid {

bool is_onnx_file(const std::filesystem::path& path);

// The model with the file's weights; of another description than its own if one is given (or null). provenance: the
// file's producer and operators, what was assumed. With `pictures` a description must say how pictures become the
// input. Throws Error naming the file.
Checkpoint onnx_checkpoint(Stream& stream, const OnnxModel& file, const Json& description,
                           OnnxUse use);
// The same of a network as it was imported.
Checkpoint onnx_checkpoint(Stream& stream, const OnnxModel& file, OnnxNetwork network);

}  // namespace pellucid
