// suite.h: the official cases of ONNX, as its package lays them out: FOLDER/test_NAME/model.onnx with the tensors
// test_data_set_0/input_0.pb … and output_0.pb ….
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "nn/graph/onnx/onnx_file.h"

namespace pellucid::test {

struct ConformanceCase {
  std::string name;  // "node/test_add"
  std::string op;    // of its nodes, or "(several)"
  OnnxModel model;
  std::vector<OnnxTensor> inputs, outputs;  // named and ordered as the model's
  std::string unread;  // why its files cannot be read, or why they are no tensors; else empty
};

// All below these folders that exist, by name.
std::vector<std::filesystem::path> conformance_folders(const std::filesystem::path& root);
ConformanceCase read_conformance_case(const std::filesystem::path& folder);

}  // namespace pellucid::test
