// export.h: a network as an ONNX file: what import.h reads, and onnxruntime and PyTorch's tools too.
//
// Pictures are (N, C, H, W), flat features (N, c), the batch is free. A layer becomes one node of its name, beside
// which there may be some that only move values ("view" of nn/graph/model.h is an order of memory that ONNX does not
// know). Dropout is left out. The file is of opset 17, or of the first that has all of its operators: 18 for mish and for
// sizes of resize that no scale gives, 19 for wrap and half_pixel_symmetric, 20 for gelu, 21 for group norm.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "nn/graph/model.h"
#include "nn/graph/onnx/layout.h"
#include "nn/graph/onnx/onnx_file.h"

namespace pellucid {

struct ExportOptions {
  std::string output_name = "output";  // of the output's tensor
  Extents output_extents = {};         // without the batch, row-major; empty: flat
  bool sigmoid = false;                // behind the network: of labels, whose logits it gives
};

struct ExportedNetwork {
  OnnxModel onnx;
  std::vector<std::string> pictures;  // the layers of which a node of this name gives (N, C, H, W)
};

// weights: of every parameter and buffer, by name, as files have them (nn/train/checkpoint.h). Throws Error naming `file`
// and all layers that ONNX has nothing for.
ExportedNetwork export_onnx(const Model& model,
                            const std::map<std::string, std::vector<float>>& weights,
                            const ExportOptions& options, const std::string& file);

}  // namespace pellucid
