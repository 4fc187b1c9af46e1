// Networks written as ONNX files and read again: the same weights, layers and bits.
#include "nn/graph/onnx/export.h"

#include <algorithm>
#include <set>

#include "kernels/activation/activation.h"
#include "nn/graph/onnx/network.h"
#include "nn/train/onnx_checkpoint.h"
#include "runtime/error.h"
#include "tests/nn/graph/random_network.h"
#include "tests/support/compare.h"
#include "tests/support/device.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

// Weights, constants and statistics none of which is where it begins.
Model with_values(const Json& description) {
  Model model(stream(), description, 3);
  std::uint64_t number = 0;
  const auto drawn = [&](const Shape& shape, float low, float high) {
    return Tensor::from_host(
        stream(), shape,
        random_values(static_cast<std::size_t>(shape.count()), ++number, low, high));
  };
  for (Parameter* parameter : model.parameters())
    if (parameter->initial != Initial::he_uniform)
      parameter->set_value(drawn(parameter->memory_shape(), -0.5f, 1.5f));
  for (ModelBuffer* buffer : model.buffers()) buffer->value = drawn({buffer->size}, 0.25f, 2.0f);
  return model;
}

// Through the bytes of a file.
OnnxModel written(const Checkpoint& checkpoint) {
  return parse_onnx(encode_onnx(onnx_of(stream(), checkpoint, "net")), "net.onnx");
}

Checkpoint read_back(const OnnxModel& onnx) {
  return onnx_checkpoint(stream(), onnx, network_description(onnx), OnnxUse::pictures);
}

std::vector<float> logits(const Model& model) {
  const NoGradient off;
  const Shape shape = model.input().batch(2);
  const std::vector<float> x =
      random_values(static_cast<std::size_t>(shape.count()), 5, 0.0f, 1.0f);
  return model.forward(stream(), Variable(Tensor::from_host(stream(), shape, x)))
      .value()
      .to_host<float>(stream());
}

std::vector<std::string> operators(const OnnxModel& onnx) {
  std::vector<std::string> all;
  for (const OnnxNode& node : onnx.nodes) all.push_back(node.op);
  return all;
}

// On other devices products may take another kernel, being written and read in another shape.
void check_same(const std::vector<float>& actual, const std::vector<float>& expected) {
  if (device() == DeviceKind::cpu) CHECK_SAME_BITS(actual, expected);
  else if (!difference_in_bits(actual, expected).empty()) CHECK_CLOSE(actual, expected, 1e-5, 1e-5);
}

// What the network gives twice is what it gives once.
void check_round_trip(Model model) {
  const Checkpoint checkpoint{std::move(model), {}};
  const OnnxModel onnx = written(checkpoint);
  const Checkpoint again = read_back(onnx);
  CAPTURE(to_text(again.model.description()));
  check_same(logits(again.model), logits(checkpoint.model));
}

// One layer between a picture of 6×5×4, values from 0 to 1, and the end.
Json around(Json layer) {
  layer["name"] = "it";
  if (!layer.contains("inputs")) layer["inputs"] = {"input"};
  const std::vector<std::string> read = layer["inputs"];
  Json layers = Json::array();
  for (const char* name : {"a", "b"})
    if (std::find(read.begin(), read.end(), name) != read.end())
      layers.push_back({{"type", "conv2d"},
                        {"name", name},
                        {"inputs", {"input"}},
                        {"filters", name[0] == 'a' ? 4 : 3},
                        {"kernel", 1}});
  if (std::find(read.begin(), read.end(), "pooled") != read.end())
    layers.push_back({{"type", "average_pool2d"},
                      {"name", "pooled"},
                      {"inputs", {"input"}},
                      {"window", "global"}});
  if (std::find(read.begin(), read.end(), "flat") != read.end())
    layers.push_back({{"type", "flatten"}, {"name", "flat"}, {"inputs", {"input"}}});
  layers.push_back(std::move(layer));
  layers.push_back({{"type", "flatten"}});
  return {{"name", "one"}, {"input", {6, 5, 4}}, {"outputs", "values"}, {"layers", layers}};
}

struct Written {
  const char* json;
  const char*
      nodes;  // of the file, without those that put a picture's values in the order of memory at its end
};

constexpr std::string_view kPictureEnd = " Flatten Reshape Transpose Reshape";

void check_layer(const Written& row) {
  CAPTURE(row.json);
  const Json description = around(Json::parse(row.json));
  Checkpoint checkpoint{with_values(description), {}};
  const OnnxModel onnx = written(checkpoint);
  std::string nodes;
  for (const std::string& op : operators(onnx)) nodes += " " + op;
  if (nodes.ends_with(kPictureEnd)) nodes.resize(nodes.size() - kPictureEnd.size());
  if (!nodes.empty()) nodes.erase(0, 1);
  CHECK_EQ(nodes, row.nodes);
  check_round_trip(std::move(checkpoint.model));
}

std::string refusal(const Json& description) {
  try {
    written({with_values(description), {}});
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("onnx export: built-in networks come back with equal bits") {
  for (const char* name : {"tiny", "tiny_residual", "balve2024"}) {
    if (device() == DeviceKind::emu && std::string(name) == "balve2024") continue;
    CAPTURE(name);
    check_round_trip(with_values(load_model_description(name)));
  }
}

TEST_CASE("onnx export: random networks come back with equal bits") {
  for (std::uint64_t seed = 0; seed < random_networks(); ++seed) {
    CAPTURE(seed);
    check_round_trip(random_model(seed));
  }
}

TEST_CASE("onnx export: every kind of layer is a node that gives its bits") {
  const Written rows[] = {
      {R"({"type": "conv2d", "filters": 6, "kernel": [3, 2], "stride": [2, 1], "padding": [1, 0, 2, 1],
           "dilation": [1, 2], "groups": 2})",
       "Conv"},
      {R"({"type": "conv2d", "filters": 4, "kernel": 3, "padding": "same", "groups": 4, "bias": false})",
       "Conv"},
      {R"({"type": "conv_transpose2d", "filters": 6, "kernel": 3, "stride": 2, "padding": [1, 0, 0, 1],
           "output_padding": 1, "groups": 2})",
       "ConvTranspose"},
      {R"({"type": "max_pool2d", "window": 2, "stride": 1, "dilation": 2, "padding": [1, 0, 0, 1]})",
       "MaxPool"},
      {R"({"type": "average_pool2d", "window": 3, "stride": 2, "padding": 1, "ceil": true})",
       "AveragePool"},
      {R"({"type": "average_pool2d", "window": [3, 2], "padding": 1, "count_padding": true})",
       "AveragePool"},
      {R"({"type": "average_pool2d", "window": "global"})", "GlobalAveragePool Flatten"},
      {R"({"type": "max_pool2d", "window": [6, 5]})", "GlobalMaxPool Flatten"},
      {R"({"type": "batch_norm", "epsilon": 0.01})", "BatchNormalization"},
      {R"({"type": "batch_norm", "inputs": ["flat"]})",
       "Flatten Reshape Transpose Reshape BatchNormalization"},
      {R"({"type": "affine", "scale": [4.367, 4.464, 4.444, 0.1], "shift": [-2.118]})",
       "BatchNormalization"},
      {R"({"type": "relu"})", "Relu"},
      {R"({"type": "leaky_relu", "slope": 0.2})", "LeakyRelu"},
      {R"({"type": "dropout", "rate": 0.5})", ""},
      {R"({"type": "reshape", "output": [5, 6, 4]})", "Transpose Reshape Transpose"},
      {R"({"type": "reshape", "output": [120]})", "Transpose Reshape"},
      {R"({"type": "flatten"})", ""},
      {R"({"type": "linear", "outputs": 7, "inputs": ["flat"]})", "Flatten Gemm"},
      {R"({"type": "linear", "outputs": 7, "bias": false, "inputs": ["flat"]})", "Flatten Gemm"},
      {R"({"type": "softmax", "view": [6, 5, 4], "axis": 0})", "Transpose Softmax Transpose"},
      {R"({"type": "softmax", "log": true})", "Transpose LogSoftmax Transpose"},
      {R"({"type": "add", "inputs": ["a", "input", "a"]})", "Conv Add Add"},
      {R"({"type": "concat", "inputs": ["a", "b", "input"]})", "Conv Conv Concat"},
      {R"({"type": "concat", "inputs": ["a", "input"], "views": [[6, 20], [6, 20]], "axis": 0,
           "output": [12, 5, 4]})",
       "Conv Transpose Reshape Transpose Reshape Concat Reshape Transpose"},
      {R"({"type": "arithmetic", "function": "mul", "inputs": ["input", "pooled"]})",
       "GlobalAveragePool Mul"},
      {R"({"type": "arithmetic", "function": "mean", "inputs": ["input", "a", "input"]})",
       "Conv Add Add Mul"},
      {R"({"type": "arithmetic", "function": "sub", "constant": [1, 1, 4], "constant_first": true})",
       "Sub"},
      {R"({"type": "arithmetic", "function": "pow", "constant": [6, 5, 1]})", "Pow"},
      {R"({"type": "arithmetic", "function": "max", "inputs": ["input", "a"], "views": [[30, 4], [30, 4]]})",
       "Conv Transpose Reshape Transpose Reshape Max Reshape Transpose"},
      {R"({"type": "arithmetic", "function": "prelu", "constant": [1, 1, 4]})", "PRelu"},
      {R"({"type": "rearrange", "order": [1, 0, 2], "start": [4, 1, 0], "step": [-1, 2, 1],
           "extent": [5, 3, 4]})",
       "Transpose Transpose Slice Transpose"},
      {R"({"type": "rearrange", "start": [-1, -2, 0], "extent": [8, 9, 4], "mode": "reflect"})",
       "Transpose Pad Transpose"},
      {R"({"type": "rearrange", "start": [-1, 2, 0], "extent": [8, 9, 4], "value": 0.5})",
       "Transpose Pad Slice Transpose"},
      {R"({"type": "rearrange", "start": [3, 0, 0], "extent": [8, 5, 4], "mode": "wrap"})",
       "Transpose Pad Slice Transpose"},
      {R"({"type": "rearrange", "start": [2, 0, 0], "step": [0, 1, 1], "extent": [4, 5, 4]})",
       "Transpose Slice Expand Transpose"},
      {R"({"type": "rearrange", "view": [6, 5, 2, 2], "order": [0, 1, 3, 2], "output": [6, 5, 4]})",
       "Transpose Reshape Transpose Reshape Transpose"},
      {R"({"type": "reduce", "function": "l2", "axes": [0, 1]})", "Transpose ReduceL2 Reshape"},
      {R"({"type": "reduce", "function": "sum", "view": [6, 20], "axes": [1]})",
       "Transpose Reshape ReduceSum Reshape"},
      {R"({"type": "normalize", "axes": [2], "affine": [1, 1, 4]})",
       "Transpose LayerNormalization Transpose"},
      {R"({"type": "normalize", "axes": [0, 1, 2]})", "Transpose LayerNormalization Transpose"},
      {R"({"type": "normalize", "axes": [0, 1, 2], "affine": [1, 1, 4]})",
       "Transpose Reshape Transpose Reshape GroupNormalization Reshape Transpose Reshape "
       "Transpose"},
      {R"({"type": "normalize", "axes": [0, 1], "affine": [1, 1, 4], "epsilon": 0.001})",
       "Transpose Transpose InstanceNormalization Transpose Transpose"},
      {R"({"type": "normalize", "view": [30, 2, 2], "axes": [0, 2], "affine": [1, 2, 2]})",
       "Transpose Reshape Transpose Reshape GroupNormalization Reshape Transpose Reshape "
       "Transpose"},
      {R"({"type": "resize", "output": [12, 10, 4], "mode": "linear"})", "Resize"},
      {R"({"type": "resize", "output": [7, 9, 4], "coordinates": "asymmetric", "nearest": "floor"})",
       "Resize"},
      {R"({"type": "resize", "output": [9, 7, 4], "mode": "linear", "scales": [1.5, 1.5]})",
       "Resize"},
      {R"({"type": "matmul", "views": [[2, 3, 20], [2, 20, 3]], "inputs": ["input", "a"]})",
       "Conv Transpose Reshape Transpose Reshape MatMul Reshape"},
      {R"({"type": "matmul", "views": [[2, 15, 4]], "constant": [1, 4, 3]})",
       "Transpose Reshape MatMul Reshape"},
      {R"({"type": "lrn", "size": 3, "alpha": 0.1})", "LRN"}};
  std::set<std::string> types{"activation", "winner_sum"};
  for (const Written& row : rows) {
    check_layer(row);
    types.insert(Json::parse(row.json)["type"].get<std::string>());
  }
  // The functions of activations are below; the end of segmentations is what import adds.
  for (const Operation* operation : all_operations()) {
    CAPTURE(operation->type);
    CHECK(types.contains(std::string(operation->type)));
  }
}

TEST_CASE("onnx export: every activation is a node that gives its bits") {
  for (const ActivationInfo& info : all_activations()) {
    const std::string name(info.name);
    CAPTURE(name);
    Json layer = {{"type", "activation"}, {"function", name}};
    if (info.alpha && name != "swish") layer["alpha"] = 0.3;
    if (info.beta) layer["beta"] = 0.6;
    const Checkpoint checkpoint{with_values(around(layer)), {}};
    const OnnxModel onnx = written(checkpoint);
    CHECK(onnx.opsets.at("") == (name == "mish"                          ? 18
                                 : name == "gelu" || name == "gelu_tanh" ? 20
                                                                         : 17));
    check_same(logits(read_back(onnx).model), logits(checkpoint.model));
  }
}

TEST_CASE("onnx export: what ONNX has nothing for is refused by name, all at once") {
  Json description = around(Json::parse(
      R"({"type": "rearrange", "start": [-7, 0, 0], "extent": [20, 5, 4], "mode": "reflect"})"));
  description["layers"].insert(description["layers"].begin(),
                               Json::parse(R"({"type": "resize", "name": "up", "output": [6, 5, 4],
                      "coordinates": "tf_half_pixel_for_nn"})"));
  description["layers"][1]["inputs"] = {"up"};
  CHECK_EQ(
      refusal(description),
      "net: 2 layers cannot be written as ONNX: up (resize): coordinates tf_half_pixel_for_nn; "
      "it (rearrange): mode reflect further out than the axis is long");
  Json narrow = around(Json::parse(R"({"type": "relu"})"));
  narrow["input"] = {6, 4, 2};
  CHECK_EQ(
      refusal(narrow),
      "net: an input that would be taken for one with its channels last (found 6x4x2; expected "
      "1, 3 or 4 channels, or another width)");
}

TEST_CASE("onnx export: what a model says of itself goes along") {
  Json description = load_model_description("tiny");
  description["classes"] = {"round", "star", "none"};
  description["target_layer"] = "conv2";
  Checkpoint checkpoint{with_values(description), {}};
  checkpoint.info.preprocessing = {{"colour", false}, {"steps", {{"resize", {64, 64}}}}};
  const OnnxModel onnx = written(checkpoint);
  CHECK(onnx.ir_version == 8);
  CHECK(onnx.opsets.at("") == 17);
  CHECK(onnx.inputs.front().shape.front().symbol == "N");
  CHECK(onnx.outputs.front().name == "output");
  const Checkpoint again = read_back(onnx);
  CHECK(again.info.preprocessing == checkpoint.info.preprocessing);
  CHECK(again.model.class_names() == checkpoint.model.class_names());
  CHECK(again.model.outputs() == Outputs::classes);
  CHECK(again.model.target_layer() == "conv2");
  // The same layers, and a reshape that import puts behind the last.
  CHECK(again.model.graph().nodes().size() == checkpoint.model.graph().nodes().size() + 1);
  // Said in two ways: which of them would be silent.
  Json both = network_description(onnx);
  both["input"] = onnx_preset("zero-one");
  CHECK_THROWS_WITH(check_network_description(both, "f"),
                    "f: input: pictures become the input in two ways (found \"range\" and "
                    "\"preprocessing\"; expected one of them)");
}

TEST_CASE("onnx export: labels leave the file as sigmoids, and come back as what they are") {
  Json description = load_model_description("tiny");
  description["outputs"] = "labels";
  const Checkpoint checkpoint{with_values(description), {}};
  const OnnxModel onnx = written(checkpoint);
  CHECK(onnx.nodes.back().op == "Sigmoid");
  const Checkpoint again = read_back(onnx);
  CHECK(again.model.outputs() == Outputs::labels);
  check_same(logits(again.model), logits(checkpoint.model));
}
