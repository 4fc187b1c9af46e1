// Networks built here as ONNX files' messages, imported, and held against networks described in JSON or numbers
// worked out by hand.
#include "nn/graph/onnx/import.h"

#include <algorithm>

#include "nn/graph/onnx/network.h"
#include "nn/train/onnx_checkpoint.h"
#include "tests/support/compare.h"
#include "tests/support/device.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

OnnxAttribute integers(const char* name, std::vector<std::int64_t> values) {
  OnnxAttribute a;
  a.name = name;
  a.kind = OnnxAttribute::Kind::integers;
  a.integers = std::move(values);
  return a;
}

OnnxAttribute integer(const char* name, std::int64_t value) {
  OnnxAttribute a;
  a.name = name;
  a.kind = OnnxAttribute::Kind::integer;
  a.integer = value;
  return a;
}

// A file in the making; the input is "x", N×C×H×W.
struct File {
  OnnxModel model;

  explicit File(std::vector<std::int64_t> input, std::int64_t opset = 17) {
    model.path = "net.onnx";
    model.opsets[""] = opset;
    OnnxValueInfo x{"x", OnnxType::f32, true, {{-1, "N"}}};
    for (const std::int64_t extent : input) x.shape.push_back({extent, ""});
    model.inputs.push_back(x);
  }
  File& node(const char* op, std::vector<std::string> inputs, const std::string& output,
             std::vector<OnnxAttribute> attributes = {}) {
    model.nodes.push_back({"", op, "", std::move(inputs), {output}, std::move(attributes)});
    return *this;
  }
  File& weight(const char* name, std::vector<std::int64_t> shape,
               const std::vector<float>& values) {
    model.initializers.push_back(OnnxTensor::of(name, std::move(shape), values));
    return *this;
  }
  File& shape(const char* name, std::vector<std::int64_t> shape,
              const std::vector<std::int64_t>& values) {
    model.initializers.push_back(OnnxTensor::of(name, std::move(shape), values));
    return *this;
  }
  File& output(const char* name) {
    model.outputs.push_back({name, OnnxType::f32, false, {}});
    return *this;
  }
};

std::vector<float> counting(std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i);
  return values;
}

// The file's own output for one picture in ONNX's order (C, H, W).
std::vector<float> run(const File& file, const std::vector<float>& chw) {
  const Checkpoint checkpoint = onnx_checkpoint(stream(), file.model, nullptr, OnnxUse::raw);
  const ActivationShape& in = checkpoint.model.input();
  std::vector<float> hwc;
  for (int p = 0; p < in.h * in.w; ++p)
    for (int c = 0; c < in.c; ++c)
      hwc.push_back(chw[static_cast<std::size_t>(c * in.h * in.w + p)]);
  return checkpoint.model.output(stream(), Tensor::from_host(stream(), in.batch(1), hwc));
}

std::string message(const File& file) {
  try {
    onnx_network(file.model, nullptr, OnnxUse::raw);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("onnx import: convolution, pooling, flattening and a product, as worked out by hand") {
  File file({1, 3, 3});
  file.weight("w", {2, 1, 2, 2}, {1, 0, 0, 0, 0, 0, 0, 1})
      .weight("b", {2}, {10, 20})
      .weight("fc", {1, 8}, {1, 2, 3, 4, 5, 6, 7, 8})
      .node("Conv", {"x", "w", "b"}, "c")
      .node("Flatten", {"c"}, "f")
      .node("Gemm", {"f", "fc"}, "y", {integer("transB", 1)})
      .output("y");
  // Channel 0 is the window's first pixel and 10, channel 1 its last and 20: in ONNX's order
  // 10 11 13 14 | 24 25 27 28.
  CHECK(run(file, counting(9)) == std::vector<float>{10 + 22 + 39 + 56 + 120 + 150 + 189 + 224});
}

TEST_CASE("onnx import: channel shuffle, split, concat and slices move what they should") {
  File file({4, 2, 2});
  file.shape("s1", {5}, {0, 2, 2, 2, 2})
      .shape("s2", {4}, {0, 4, 2, 2})
      .node("Reshape", {"x", "s1"}, "a")
      .node("Transpose", {"a"}, "b", {integers("perm", {0, 2, 1, 3, 4})})
      .node("Reshape", {"b", "s2"}, "c")
      .output("c");
  CHECK(run(file, counting(16)) ==
        std::vector<float>{0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 12, 13, 14, 15});
  file.model.outputs.clear();
  file.model.nodes.push_back({"", "Split", "", {"c"}, {"d", "e"}, {integer("axis", 1)}});
  file.node("Concat", {"e", "d"}, "y", {integer("axis", 1)}).output("y");
  CHECK(run(file, counting(16)) ==
        std::vector<float>{4, 5, 6, 7, 12, 13, 14, 15, 0, 1, 2, 3, 8, 9, 10, 11});
}

TEST_CASE("onnx import: maps of one channel stay pictures, whatever is made of them") {
  File file({2, 3, 4});
  file.weight("w", {1, 2, 1, 1}, {1, 1})
      .node("Conv", {"x", "w"}, "a")
      .node("Relu", {"a"}, "b")
      .node("Concat", {"a", "b"}, "c", {integer("axis", 1)})
      .output("c");
  const Json concat = import_onnx(file.model).layers.back().json;
  CHECK(concat["type"] == "concat");
  CHECK(!concat.contains("output"));  // of channels, as a picture
}

TEST_CASE("onnx import: shapes that the network computes are folded, the batch stays free") {
  File file({3, 2, 2});
  file.shape("zero", {1}, {0})
      .shape("rest", {1}, {-1})
      .node("Shape", {"x"}, "shape")
      .node("Gather", {"shape", "zero"}, "n")
      .node("Concat", {"n", "rest"}, "wanted", {integer("axis", 0)})
      .node("Reshape", {"x", "wanted"}, "y")
      .output("y");
  CHECK(run(file, counting(12)) == counting(12));
}

TEST_CASE("onnx import: nodes in any order, weights through Identity, a bias by Add") {
  File file({2, 1, 1});
  file.weight("w", {2, 3}, {1, 2, 3, 4, 5, 6})
      .weight("b", {3}, {100, 200, 300})
      .node("Add", {"m", "b"}, "y")
      .node("MatMul", {"f", "v"}, "m")
      .node("Identity", {"w"}, "v")
      .node("Flatten", {"x"}, "f")
      .output("y");
  const ImportedNetwork network = import_onnx(file.model);
  CHECK(network.layers.back().json["type"] == "linear");  // the addition is its bias
  CHECK(run(file, {1, 10}) == std::vector<float>{141, 252, 363});
}

TEST_CASE("onnx import: a gate is one function, and a softmax before version 13 flattens") {
  File gate({3, 1, 1});
  gate.node("Sigmoid", {"x"}, "s").node("Mul", {"x", "s"}, "y").output("y");
  const ImportedNetwork network = import_onnx(gate.model);
  REQUIRE(network.layers.size() == 1);
  CHECK(network.layers[0].json["function"] == "swish");

  for (const std::int64_t opset : {11, 13}) {
    File file({2, 1, 2}, opset);
    file.node("Softmax", {"x"}, "y", {integer("axis", 1)}).output("y");
    const std::vector<float> y = run(file, {0, 0, 0, 0});
    CHECK_CLOSE(y, std::vector<float>(4, opset == 11 ? 0.25f : 0.5f), 1e-6, 0);
  }
}

TEST_CASE("onnx import: what is missing is told at once, by operator, with the first node") {
  File file({3, 4, 4});
  file.node("Einsum", {"x", "x"}, "a")
      .node("Einsum", {"a", "a"}, "b")
      .node("NonZero", {"b"}, "c")
      .output("c");
  CHECK(message(file) ==
        "net.onnx: 3 nodes cannot be translated: Einsum: no such operator here (2 times, first "
        "\"a\"); NonZero: no such operator here (\"c\"); networks with attention are not explained "
        "here");
  File attribute({3, 4, 4});
  attribute.node("Relu", {"x"}, "y", {integer("sparse", 1)}).output("y");
  CHECK(message(attribute) ==
        "net.onnx: 1 node cannot be translated: Relu: attribute sparse (\"y\")");
}

TEST_CASE("onnx import: files that are no network are refused by name") {
  File twice({3, 4, 4});
  twice.node("Relu", {"x"}, "y").node("Relu", {"x"}, "y").output("y");
  CHECK_THROWS_WITH(import_onnx(twice.model),
                    "net.onnx: a value is made twice (found \"y\"; expected each name once)");
  File circle({3, 4, 4});
  circle.node("Add", {"x", "b"}, "a").node("Relu", {"a"}, "b").output("b");
  CHECK_THROWS_WITH(import_onnx(circle.model),
                    "net.onnx: nodes in a circle (expected a network without one)");
  File nothing({3, 4, 4});
  nothing.node("Relu", {"z"}, "y").output("y");
  CHECK_THROWS_WITH(import_onnx(nothing.model),
                    "net.onnx: nothing makes \"z\" (found it read by a node Relu; expected a node, "
                    "an input or an initializer)");
  File free_size({3, -1, -1});
  free_size.node("Relu", {"x"}, "y").output("y");
  CHECK_THROWS_WITH(import_onnx(free_size.model),
                    "net.onnx: input 'x': a free size (found (3, -1, -1); expected the pictures' "
                    "height and width, by --size)");
  File batch({3, 4, 4});
  batch.shape("s", {2}, {-1, 4})
      .node("Reshape", {"x", "s"}, "y")
      .output("y");
  CHECK(message(batch).find("a reshape that mixes pictures of the batch") != std::string::npos);
}

TEST_CASE("onnx network: a description says how pictures come in, and what the outputs are") {
  File file({3, 2, 2});
  file.weight("w", {2, 12}, std::vector<float>(24, 1.0f))
      .node("Flatten", {"x"}, "f")
      .node("Gemm", {"f", "w"}, "z", {integer("transB", 1)})
      .node("Sigmoid", {"z"}, "y")
      .output("y");
  CHECK_THROWS_AS(onnx_network(file.model, nullptr, OnnxUse::pictures), Error);
  Json description = {{"input", onnx_preset("keras-caffe")}};
  const Checkpoint checkpoint =
      onnx_checkpoint(stream(), file.model, description, OnnxUse::pictures);
  CHECK(checkpoint.model.outputs() == Outputs::labels);
  // Red is 1, the others 0: blue − 103.939, green − 116.779, red 255 − 123.68, four places each.
  const std::vector<float> red{1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0};
  const NoGradient off;
  const std::vector<float> logits =
      checkpoint.model.forward(stream(), Variable(Tensor::from_host(stream(), {1, 2, 2, 3}, red)))
          .value()
          .to_host<float>(stream());
  CHECK_CLOSE(logits, std::vector<float>(2, 4 * (255 - 103.939f - 116.779f - 123.68f)), 1e-2, 0);
  CHECK_THROWS_WITH(
      onnx_preset("torch"),
      "unknown preset 'torch' (known: imagenet, keras-caffe, keras-tf, zero-one, bytes)");
}
