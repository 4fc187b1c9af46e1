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

// A model as an ONNX file (nn/graph/onnx/export.h) with the description by which it is one again: with equal weights,
// layers of the same names, and of pictures the same preparation. labels: their sigmoids are the file's output. The first
// is of a model that was built or trained here, `file` naming it; the second of a file that load_checkpoint() reads, an
// ONNX file being written as it is, its own description included. Throws Error naming the file.
OnnxModel onnx_of(Stream& stream, const Checkpoint& checkpoint, const std::string& file);
OnnxModel onnx_of(Stream& stream, const std::filesystem::path& path);

}  // namespace pellucid
