// Nodes that need more than one layer, or none, as worked out by hand; all inputs joined to one, without a batch.
#include <cmath>

#include "nn/train/onnx_checkpoint.h"
#include "tests/support/compare.h"
#include "tests/support/device.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

using Numbers = std::vector<float>;

struct OneNode {
  OnnxModel model;

  OneNode(const char* op, std::vector<std::string> inputs, std::vector<std::string> outputs,
          std::int64_t opset = 18) {
    model.path = "node.onnx";
    model.opsets[""] = opset;
    model.nodes.push_back({"", op, "", std::move(inputs), outputs, {}});
    for (const std::string& name : outputs)
      model.outputs.push_back({name, OnnxType::f32, false, {}});
  }
  OneNode& input(const char* name, const Extents& shape) {
    OnnxValueInfo info{name, OnnxType::f32, true, {}};
    for (const std::int64_t extent : shape) info.shape.push_back({extent, ""});
    model.inputs.push_back(info);
    return *this;
  }
  template <class T>
  OneNode& constant(const char* name, const Extents& shape, const std::vector<T>& values) {
    model.initializers.push_back(OnnxTensor::of(name, shape, values));
    return *this;
  }
  OneNode& set(const char* name, std::int64_t value) {
    OnnxAttribute a;
    a.name = name;
    a.kind = OnnxAttribute::Kind::integer;
    a.integer = value;
    model.nodes[0].attributes.push_back(a);
    return *this;
  }
  // The output's values for all inputs' values, one behind the other.
  Numbers operator()(const Numbers& x, const std::string& output = "") const {
    ImportOptions options;
    options.batch = false;
    options.joined = true;
    options.output = output;
    const Checkpoint made = onnx_checkpoint(
        stream(), model, onnx_network(model, import_onnx(model, options), nullptr, OnnxUse::raw));
    return made.model.output(stream(), Tensor::from_host(stream(), made.model.input().batch(1), x));
  }
};

}  // namespace

TEST_CASE("onnx operators: products of vectors, of constants with values, of transposed factors") {
  CHECK(OneNode("MatMul", {"a", "b"}, {"y"}).input("a", {3}).input("b", {3})({1, 2, 3, 4, 5, 6}) ==
        Numbers{32});
  OneNode first("MatMul", {"a", "b"}, {"y"});
  first.constant("a", {1, 2}, Numbers{10, 1}).input("b", {2, 2});
  CHECK(first({1, 2, 3, 4}) == Numbers{13, 24});
  // (1, 2, 1)·(2, 1, 1): each factor is taken for both products.
  OneNode both("MatMul", {"a", "b"}, {"y"});
  both.input("a", {1, 2, 1}).input("b", {2, 1, 1});
  CHECK(both({1, 2, 10, 100}) == Numbers{10, 20, 100, 200});
  OneNode gemm("Gemm", {"a", "b", "c"}, {"y"});
  gemm.set("transA", 1).set("transB", 1).input("a", {2, 1}).input("b", {3, 2}).input("c", {3});
  CHECK(gemm({1, 10, 1, 2, 3, 4, 5, 6, 100, 200, 300}) == Numbers{121, 243, 365});
}

TEST_CASE("onnx operators: gathering at unequal steps, and a reshape that no order of axes is") {
  OneNode gather("Gather", {"x", "i"}, {"y"});
  gather.input("x", {2, 5}).set("axis", 1);
  gather.constant("i", {2, 2}, std::vector<std::int64_t>{4, 0, -4, 1});
  CHECK(gather({0, 1, 2, 3, 4, 10, 11, 12, 13, 14}) == Numbers{4, 0, 1, 1, 14, 10, 11, 11});
  OneNode reshape("Reshape", {"x", "s"}, {"y"});
  reshape.input("x", {2, 3}).constant("s", {2}, std::vector<std::int64_t>{3, 2});
  CHECK(reshape({1, 2, 3, 4, 5, 6}) == Numbers{1, 2, 3, 4, 5, 6});
}

TEST_CASE("onnx operators: a layer norm's mean and deviation, sums with several constants") {
  OneNode norm("LayerNormalization", {"x", "w"}, {"y", "m", "d"});
  norm.input("x", {2, 2}).constant("w", {2}, Numbers{1, 1});
  const Numbers x{1, 3, -4, 4};
  CHECK_CLOSE(norm(x, "y"), (Numbers{-1, 1, -1, 1}), 1e-4, 0);
  CHECK_CLOSE(norm(x, "m"), (Numbers{2, 0}), 1e-6, 0);
  CHECK_CLOSE(norm(x, "d"), (Numbers{1, 0.25f}), 1e-4, 0);
  OneNode mean("Mean", {"a", "x", "b"}, {"y"});
  mean.input("x", {2}).constant("a", {1}, Numbers{1}).constant("b", {2}, Numbers{2, 20});
  CHECK_CLOSE(mean({3, 9}), (Numbers{2, 10}), 1e-6, 0);
}

TEST_CASE(
    "onnx operators: largest and least of three constants, remainders, a reduction of nothing") {
  OneNode largest("Max", {"a", "b", "c"}, {"y"});
  largest.constant("a", {2}, Numbers{1, 5})
      .constant("b", {1}, Numbers{2})
      .constant("c", {1}, Numbers{3});
  largest.model.nodes.push_back({"", "Add", "", {"x", "y"}, {"z"}, {}});
  largest.model.outputs[0].name = "z";
  CHECK(largest.input("x", {2})({10, 10}) == Numbers{13, 15});
  for (const bool of_first : {false, true}) {
    OneNode mod("Mod", {"a", "b"}, {"m"});
    mod.set("fmod", of_first);
    mod.constant("a", {3}, std::vector<std::int64_t>{-7, 7, 6})
        .constant("b", {3}, std::vector<std::int64_t>{3, -3, 3});
    mod.model.nodes.push_back({"", "Cast", "", {"m"}, {"r"}, {}});
    mod.model.nodes.push_back({"", "Add", "", {"x", "r"}, {"z"}, {}});
    mod.model.outputs[0].name = "z";
    CHECK(mod.input("x", {1})({0}) == (of_first ? Numbers{-1, 1, 0} : Numbers{2, -2, 0}));
  }
  OneNode sum("ReduceSum", {"c", "axes"}, {"s"});
  sum.set("noop_with_empty_axes", 1).constant("c", {2}, Numbers{1, 2});
  sum.constant("axes", {0}, std::vector<std::int64_t>{});
  sum.model.nodes.push_back({"", "Add", "", {"x", "s"}, {"z"}, {}});
  sum.model.outputs[0].name = "z";
  CHECK(sum.input("x", {2})({0, 0}) == Numbers{1, 2});
}

TEST_CASE("onnx operators: several pictures without a batch are refused, not mixed") {
  OneNode norm("LRN", {"x"}, {"y"});
  norm.set("size", 3).input("x", {2, 3, 2, 2});
  CHECK_THROWS_WITH(norm(Numbers(24, 1.0f)),
                    "node.onnx: 1 node cannot be translated: LRN: several pictures without a batch "
                    "((2, 3, 2, 2)) (\"y\")");
}
