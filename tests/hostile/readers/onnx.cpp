#include "nn/graph/onnx/onnx_file.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "tests/hostile/readers/readers.h"

namespace pellucid::test {
namespace {

// All conversions, which fail for nothing but the type.
void visit(const OnnxTensor& tensor) {
  const auto count = static_cast<std::size_t>(tensor.count());
  const bool numbers = tensor.type <= OnnxType::u64 || tensor.type == OnnxType::bf16;
  if (tensor.type == OnnxType::text || !numbers) return;
  expect(tensor.doubles().size() == count && tensor.floats().size() == count, "values were lost");
  if (tensor.is_floating() || tensor.type == OnnxType::u64) return;
  expect(tensor.integers().size() == count, "integers were lost");
}

void written_again(const OnnxModel& model) {
  std::string once;
  try {
    once = encode_onnx(model);
  } catch (const Error&) {  // of a kind that is not written
    return;
  }
  expect(encode_onnx(parse_onnx(once, "again")) == once, "the model is not what was written");
}

}  // namespace

void load_onnx(const Path& path) {
  const OnnxModel model = read_onnx(path);
  for (const OnnxTensor& tensor : model.initializers) visit(tensor);
  for (const OnnxNode& node : model.nodes)
    for (const OnnxAttribute& attribute : node.attributes) {
      expect(node.find(attribute.name) == &attribute, "an attribute twice");
      if (attribute.tensor) visit(*attribute.tensor);
    }
  written_again(model);
  const OnnxMetadata metadata{{"key", "value"}};
  const std::string changed = onnx_with_metadata(read_text_file(path), metadata, "changed");
  expect(onnx_with_metadata(changed, metadata, "again") == changed, "the metadata twice");
  if (!model.external.empty()) return;
  const OnnxModel other = parse_onnx(changed, "changed");
  expect(other.metadata == metadata && other.notes == model.notes &&
             other.nodes.size() == model.nodes.size(),
         "other metadata, and something else");
}

void load_onnx_tensor(const Path& path) { visit(read_onnx_tensor(path)); }

}  // namespace pellucid::test
