#include "nn/graph/onnx/onnx_file.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "tests/hostile/readers/readers.h"
#include "tests/hostile/saved_files.h"

namespace pellucid::test {
namespace {

template <class Work>
bool refused(const Work& work) {
  try {
    work();
  } catch (const Error&) {
    return true;
  }
  return false;
}

// All conversions, which fail for nothing but the type, and back.
void visit(const OnnxTensor& tensor) {
  const auto count = static_cast<std::size_t>(tensor.count());
  if (tensor.type == OnnxType::text ||
      (tensor.type > OnnxType::u64 && tensor.type != OnnxType::bf16))
    return expect(refused([&] { tensor.doubles(); }), "numbers of a type that has none");
  const OnnxTensor doubles = OnnxTensor::of("doubles", tensor.shape, tensor.doubles());
  const OnnxTensor floats = OnnxTensor::of("floats", tensor.shape, tensor.floats());
  expect(doubles.floats().size() == count && floats.raw().size() == 4 * count, "values were lost");
  if (tensor.is_floating()) return expect(refused([&] { tensor.integers(); }), "no integers");
  if (refused([&] { tensor.integers(); }))
    return expect(tensor.type == OnnxType::u64, "integers that do not fit 64 bits");
  const OnnxTensor integers = OnnxTensor::of("integers", tensor.shape, tensor.integers());
  expect(integers.integers() == tensor.integers() && integers.doubles() == tensor.doubles(),
         "integers were lost");
}

void written_again(const OnnxModel& model) {
  std::string once;
  if (refused([&] { once = encode_onnx(model); })) return;  // of a kind that is not written
  write_onnx(model, kNowhere);
  expect(encode_onnx(parse_onnx(once, "again")) == once, "the model is not what was written");
  expect(looks_like_onnx(once), "what was written does not look like it");
}

}  // namespace

void load_onnx(const Path& path) {
  const OnnxModel model = read_onnx(path);
  for (const OnnxTensor& tensor : model.initializers) visit(tensor);
  for (const OnnxNode& node : model.nodes) {
    expect(node.find("") == nullptr, "an attribute without a name");
    for (const OnnxAttribute& attribute : node.attributes) {
      expect(node.find(attribute.name) == &attribute, "an attribute twice");
      if (attribute.tensor) visit(*attribute.tensor);
    }
  }
  written_again(model);
  const OnnxMetadata metadata{{"key", "value"}};
  const std::string changed = onnx_with_metadata(read_text_file(path), metadata, "changed");
  expect(onnx_with_metadata(changed, metadata, "again") == changed, "the metadata twice");
  if (!model.external.empty()) return;
  write_onnx_with_metadata(path, metadata, kNowhere);
  const OnnxModel other = parse_onnx(changed, "changed");
  expect(other.metadata == metadata && other.notes == model.notes &&
             other.nodes.size() == model.nodes.size(),
         "other metadata, and something else");
}

void load_onnx_tensor(const Path& path) { visit(read_onnx_tensor(path)); }

}  // namespace pellucid::test
