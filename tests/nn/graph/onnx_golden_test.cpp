// Small networks with every operator and attribute of ONNX that is translated, against what onnxruntime made of them.
// The fixture is written by scripts/goldens/onnx_operators_golden.py.
#include <cstdlib>
#include <filesystem>
#include <set>

#include "nn/graph/onnx/importer.h"
#include "nn/plan/plan.h"
#include "nn/train/onnx_checkpoint.h"
#include "runtime/formats/safetensors.h"
#include "tests/nn/graph/random_network.h"
#include "tests/support/compare.h"
#include "tests/support/device.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

const SafetensorsFile& fixture() {
  static const SafetensorsFile file =
      SafetensorsFile::read(PELLUCID_TEST_DATA "/onnx/operators.safetensors");
  return file;
}

std::vector<std::string> network_names() {
  std::vector<std::string> names;
  for (const SafetensorsEntry& entry : fixture().entries())
    if (entry.name.ends_with(".onnx")) names.push_back(entry.name);
  return names;
}

OnnxModel network(const std::string& name) {
  const auto bytes = fixture().values<std::uint8_t>(name);
  return parse_onnx(std::string(bytes.begin(), bytes.end()), name);
}

// The pictures with their channels last.
Tensor pictures() {
  const std::vector<std::int64_t> shape = fixture().entry("x").shape;
  const std::vector<float> x = fixture().values<float>("x");
  const auto n = static_cast<std::size_t>(shape[0]), c = static_cast<std::size_t>(shape[1]),
             places = static_cast<std::size_t>(shape[2] * shape[3]);
  std::vector<float> values;
  for (std::size_t image = 0; image < n; ++image)
    for (std::size_t place = 0; place < places; ++place)
      for (std::size_t channel = 0; channel < c; ++channel)
        values.push_back(x[(image * c + channel) * places + place]);
  return Tensor::from_host(stream(), {shape[0], shape[2], shape[3], shape[1]}, values);
}

}  // namespace

TEST_CASE("onnx golden: every operator and attribute computes what onnxruntime does") {
  const NoGradient off;
  const Tensor x = pictures();
  for (const std::string& name : network_names()) {
    CAPTURE(name);
    const Model model = onnx_checkpoint(stream(), network(name), nullptr, OnnxUse::raw).model;
    const std::string stem = name.substr(0, name.size() - 5);
    CHECK_CLOSE(model.output(stream(), x), fixture().values<float>(stem + ".y"), 1e-5, 1e-5);
    const std::vector<float> logits =
        model.forward(stream(), Variable(x)).value().to_host<float>(stream());
    CHECK_CLOSE(Plan(stream(), model).logits(x).to_host<float>(stream()), logits, 1e-5, 1e-5);
  }
}

TEST_CASE("onnx golden: nothing that is translated is left out") {
  // What onnxruntime runs no more, opsets before 7; ArgMax, whose output is integers (onnx_import_test); what
  // SpaceToDepth has by mistake in some files.
  const std::set<std::string> left_out{"SpaceToDepth.mode",
                                       "ArgMax",
                                       "ArgMax.axis",
                                       "ArgMax.keepdims",
                                       "ArgMax.select_last_index",
                                       "Add.axis",
                                       "Add.broadcast",
                                       "Sub.axis",
                                       "Sub.broadcast",
                                       "Mul.axis",
                                       "Mul.broadcast",
                                       "Div.axis",
                                       "Div.broadcast",
                                       "Pow.axis",
                                       "Pow.broadcast",
                                       "Gemm.broadcast",
                                       "Reshape.shape",
                                       "Dropout.is_test",
                                       "BatchNormalization.is_test"};
  std::set<std::string> found;
  for (const std::string& name : network_names())
    for (const OnnxNode& node : network(name).nodes) {
      found.insert(node.op);
      for (const OnnxAttribute& attribute : node.attributes)
        found.insert(node.op + "." + attribute.name);
    }
  for (const OnnxFamily* family : all_onnx_families())
    for (const OnnxOperator& one : family->operators) {
      std::vector<std::string> wanted{std::string(one.op)};
      for (const std::string_view attribute : one.attributes)
        wanted.push_back(concat(one.op, ".", attribute));
      for (const std::string& each : wanted) {
        CAPTURE(each);
        CHECK(found.contains(each) != left_out.contains(each));
      }
    }
}

// By hand, for scripts/goldens/onnx_agreement.py: PELLUCID_WRITE_NETWORKS=FOLDER test_nn -tc='onnx golden: write*'.
TEST_CASE("onnx golden: write random networks" *
          doctest::skip(std::getenv("PELLUCID_WRITE_NETWORKS") == nullptr)) {
  const std::filesystem::path folder = std::getenv("PELLUCID_WRITE_NETWORKS");
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const std::string name = concat("random", seed, ".onnx");
    write_onnx(onnx_of(stream(), Checkpoint{random_model(seed), {}}, name), folder / name);
  }
}
