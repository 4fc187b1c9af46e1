#include "tests/conformance/suite.h"

#include <algorithm>
#include <set>

#include "runtime/error.h"

namespace pellucid::test {

namespace fs = std::filesystem;

std::vector<fs::path> conformance_folders(const fs::path& root) {
  std::vector<fs::path> folders;
  for (const char* part : {"node", "pytorch-converted", "pytorch-operator", "simple"}) {
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(root / part, none))
      if (fs::exists(entry.path() / "model.onnx")) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

namespace {

// input_0.pb … with the names that the model has for them.
std::vector<OnnxTensor> tensors(const fs::path& folder, const char* kind,
                                const std::vector<OnnxValueInfo>& values) {
  std::vector<OnnxTensor> out;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const fs::path file = folder / concat(kind, "_", i, ".pb");
    if (!fs::exists(file)) break;
    if (values[i].type == OnnxType::undefined || values[i].type == OnnxType::text)
      fail("text, a sequence or an optional value");
    out.push_back(read_onnx_tensor(file));
    out.back().name = values[i].name;
  }
  return out;
}

}  // namespace

ConformanceCase read_conformance_case(const fs::path& folder) {
  ConformanceCase out;
  out.name = (folder.parent_path().filename() / folder.filename()).string();
  try {
    out.model = read_onnx(folder / "model.onnx");
    // The oldest files: what they have means the same, or has an attribute that is refused.
    if (const auto opset = out.model.opsets.find(""); opset != out.model.opsets.end())
      opset->second = std::max<std::int64_t>(opset->second, 7);
    std::set<std::string> ops;
    for (const OnnxNode& node : out.model.nodes) ops.insert(node.op);
    out.op = ops.size() == 1 ? *ops.begin() : "(several)";
    const fs::path data = folder / "test_data_set_0";
    out.inputs = tensors(data, "input", out.model.inputs);
    out.outputs = tensors(data, "output", out.model.outputs);
    for (OnnxValueInfo& value : out.model.inputs)
      for (const OnnxTensor& tensor : out.inputs) {
        if (tensor.name != value.name) continue;
        value.has_shape = true;
        value.shape.clear();
        for (const std::int64_t extent : tensor.shape) value.shape.push_back({extent, ""});
      }
  } catch (const Error& error) {
    out.unread = error.what();
    // Without the file's name.
    if (const auto at = out.unread.find(": ");
        out.unread.starts_with("/") && at != std::string::npos)
      out.unread.erase(0, at + 2);
  }
  return out;
}

}  // namespace pellucid::test
