#include "nn/graph/graph.h"

#include "nn/graph/fusion.h"
#include "nn/graph/model.h"
#include "tests/support/compare.h"
#include "tests/support/device.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

// A convolution, a residual block with batch normalisation, two branches that are concatenated, and a
// global average: in letters, what reads what.
const char* const kBranches = R"({"name": "branches", "input": [12, 10, 2], "layers": [
  {"type": "conv2d", "name": "stem", "filters": 4, "kernel": 3, "padding": "same"},
  {"type": "batch_norm", "name": "stem_bn"},
  {"type": "relu", "name": "stem_relu"},
  {"type": "conv2d", "name": "a", "filters": 4, "kernel": 3, "padding": "same"},
  {"type": "batch_norm", "name": "a_bn"},
  {"type": "add", "name": "sum", "inputs": ["a_bn", "stem_relu"]},
  {"type": "relu", "name": "sum_relu"},
  {"type": "conv2d", "name": "left", "filters": 3, "kernel": 1},
  {"type": "conv2d", "name": "right", "inputs": ["sum_relu"], "filters": 2, "kernel": 3, "padding": 1},
  {"type": "relu", "name": "right_relu"},
  {"type": "concat", "name": "both", "inputs": ["left", "right_relu"]},
  {"type": "average_pool2d", "window": "global"},
  {"type": "flatten"}, {"type": "linear", "outputs": 3}]})";

Json branches() { return parse_json(kBranches, "branches"); }

std::vector<std::string> names(const Graph& graph, const std::vector<int>& values) {
  std::vector<std::string> out;
  for (const int id : values) out.push_back(id == 0 ? "input" : graph.node_of(id).name());
  return out;
}

Json line_of(const std::string& layers) {
  return parse_json(R"({"name": "line", "input": [8, 8, 1], "layers": [)" + layers + "]}", "line");
}

std::string target_of(const std::string& layers) { return Model(line_of(layers)).target_layer(); }

}  // namespace

TEST_CASE("graph: a cut is what is read behind a value") {
  const Model model(branches());
  const Graph& graph = model.graph();
  const auto cut = [&](const char* layer) { return names(graph, graph.cut(model.value(layer))); };
  using Names = std::vector<std::string>;
  CHECK(cut("stem") == Names{"stem"});
  CHECK(cut("stem_relu") == Names{"stem_relu"});
  CHECK(cut("a") == Names{"a", "stem_relu"});
  CHECK(cut("sum") == Names{"sum"});
  CHECK(cut("left") == Names{"left", "sum_relu"});
  CHECK(cut("right") == Names{"right", "left"});
  CHECK(cut("both") == Names{"both"});
  CHECK(graph.only_reader(model.value("stem_relu")) == 0);
  CHECK(graph.only_reader(model.value("sum")) == model.value("sum_relu"));
}

TEST_CASE("graph: an activation map looks at the last picture that every path goes through") {
  CHECK(Model(load_model_description("balve2024")).target_layer() == "relu3");
  CHECK(Model(load_model_description("tiny")).target_layer() == "relu3");
  CHECK(Model(load_model_description("tiny_residual")).target_layer() == "relu5");
  CHECK(Model(branches()).target_layer() == "both");
  const std::string conv = R"({"type":"conv2d","filters":2,"kernel":3},)",
                    end = R"({"type":"flatten"},{"type":"linear","outputs":2},{"type":"softmax"})";
  CHECK(target_of(conv +
                  R"({"type":"batch_norm"},{"type":"relu"},{"type":"max_pool2d","window":2},)" +
                  end) == "relu1");
  CHECK(target_of(conv + R"({"type":"max_pool2d","window":2},{"type":"dropout","rate":0.5},)" +
                  end) == "conv1");
  // Two branches that meet when they are flat: their last common picture.
  CHECK(target_of(conv + R"({"type":"relu"},
    {"type":"average_pool2d","name":"p","window":"global"}, {"type":"flatten","name":"f"},
    {"type":"linear","name":"one","outputs":2},
    {"type":"flatten","name":"g","inputs":["relu1"]}, {"type":"linear","name":"two","outputs":2},
    {"type":"add","inputs":["one","two"]})") == "relu1");
  CHECK_THROWS_WITH_AS(target_of(end), "model line has no layer with a feature map", Error);
}

TEST_CASE(
    "graph: of a segmenter an activation map looks at the last coarser picture of more channels") {
  const std::string
      stem = R"({"type":"conv2d","name":"stem","filters":6,"kernel":3,"padding":"same"},)",
      coarse = stem + R"({"type":"relu","name":"wide"},
    {"type":"max_pool2d","name":"half","window":2},)",
      classes = R"({"type":"conv2d","name":"classes","filters":3,"kernel":1},)",
      scores = R"({"type":"winner_sum"})";
  const std::string enlarged = R"({"type":"resize","name":"full","output":[8,8,3]},)";
  const auto answer = [](const std::string& layers) {
    const Model model(line_of(layers));
    return names(model.graph(), {model.graph().segmentation()});
  };
  CHECK(answer(coarse + classes + enlarged + scores) == std::vector<std::string>{"full"});
  CHECK(answer(coarse + classes + R"({"type":"flatten"})") == std::vector<std::string>{"input"});
  // Pooling only thins out: it is looked at before it. The classes are as many as the answer's.
  CHECK(target_of(coarse + classes + enlarged + scores) == "wide");
  CHECK(target_of(coarse + R"({"type":"conv2d","name":"deep","filters":4,"kernel":3},)" + classes +
                  enlarged + scores) == "deep");
  // One resolution only: the last of more channels; none has more: the answer.
  CHECK(target_of(stem + classes + scores) == "stem");
  CHECK(target_of(classes + scores) == "classes");
}

TEST_CASE("graph: what is fused for a prediction and for training") {
  const Model model(branches());
  const Graph& graph = model.graph();
  std::vector<std::vector<std::string>> groups;
  for (const FusedGroup& group : fuse(graph, Fusion::prediction, graph.logits()))
    groups.push_back(names(graph, group.values));
  CHECK(groups == std::vector<std::vector<std::string>>{{"stem", "stem_bn", "stem_relu"},
                                                        {"a", "a_bn"},
                                                        {"sum"},
                                                        {"sum_relu"},
                                                        {"left"},
                                                        {"right", "right_relu"},
                                                        {"both"},
                                                        {"pool1"},
                                                        {"flatten1"},
                                                        {"fc1"}});
  groups.clear();
  for (const FusedGroup& group : fuse(graph, Fusion::finishing, graph.logits()))
    groups.push_back(names(graph, group.values));
  CHECK(groups == std::vector<std::vector<std::string>>{{"stem", "stem_bn", "stem_relu"},
                                                        {"a", "a_bn", "sum", "sum_relu"},
                                                        {"left"},
                                                        {"right", "right_relu"},
                                                        {"both"},
                                                        {"pool1"},
                                                        {"flatten1"},
                                                        {"fc1"}});
  const Model tiny(load_model_description("tiny"));
  groups.clear();
  for (const FusedGroup& group : fuse(tiny.graph(), Fusion::training, 6))
    groups.push_back(names(tiny.graph(), group.values));
  CHECK(groups == std::vector<std::vector<std::string>>{
                      {"conv1"}, {"relu1", "pool1"}, {"conv2"}, {"relu2", "pool2"}});
  // Nothing is fused with what is behind the end.
  CHECK(fuse(tiny.graph(), Fusion::training, 2).back().values.size() == 1);
}

TEST_CASE("graph: forward in two parts equals forward, at every layer") {
  const Model model(stream(), branches(), 3);
  const Shape shape = model.input().batch(3);
  const Variable x(Tensor::from_host(
      stream(), shape, random_values(static_cast<std::size_t>(shape.count()), 41, 0, 1)));
  const auto logits = model.forward(stream(), x).value().to_host<float>(stream());
  for (const std::string& layer : model.layer_names()) {
    CAPTURE(layer);
    const std::vector<Variable> cut = model.forward_to(stream(), x, layer);
    CHECK_SAME_BITS(model.forward_from(stream(), cut, layer).value().to_host<float>(stream()),
                    logits);
  }
  CHECK_THROWS_WITH_AS(model.forward_from(stream(), model.forward_to(stream(), x, "sum"), "a"),
                       "behind layer a 2 values are read, got 1", Error);
}

TEST_CASE("graph: descriptions that fit nothing are refused") {
  const auto refused = [](const std::string& layers) -> std::string {
    try {
      const Model model(line_of(layers), "line");
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  const std::string end = R"(,{"type":"flatten"},{"type":"linear","outputs":2})";
  const std::string conv = R"({"type":"conv2d","filters":2,"kernel":3})";
  CHECK(refused(conv + R"(,{"type":"add","inputs":["conv1"]})" + end) ==
        "line: layers[1].inputs: wrong value (found an array of 1; expected an array of 2 to 64)");
  CHECK(refused(conv + R"(,{"type":"add"})" + end) ==
        "line: layers[1]: missing key (found none named \"inputs\"; expected one)");
  CHECK(refused(conv + R"(,{"type":"relu","inputs":["conv1","conv1"]})" + end) ==
        "line: layers[1].inputs: wrong value (found an array of 2; expected an array of 1)");
  CHECK(refused(conv + R"(,{"type":"add","inputs":["conv1","cnv1"]})" + end) ==
        "line: layers[1].inputs[1]: no such layer before this one (found \"cnv1\", did you mean "
        "'conv1'?; expected the name of an earlier layer, or \"input\")");
  CHECK(refused(R"({"type":"add","inputs":["input","relu1"]},{"type":"relu"})" + end) ==
        "line: layers[0].inputs[1]: no such layer before this one (found \"relu1\"; expected the "
        "name "
        "of an earlier layer, or \"input\")");
  CHECK(refused(conv + R"(,{"type":"add","inputs":["conv1","input"]})" + end) ==
        "line: layer add1: inputs of different shapes (found 6x6x2 and 8x8x1; expected equal ones "
        "for "
        "add)");
  CHECK(
      refused(conv + R"(,{"type":"concat","inputs":["conv1","input"]})" + end) ==
      "line: layer concat1: inputs of different sizes (found 6x6x2 and 8x8x1; expected pictures of "
      "one height and width, or flat features)");
  CHECK(refused(R"({"type":"flatten","name":"f"},{"type":"concat","inputs":["f","f"]},
    {"type":"linear","outputs":2})") ==
        "line: layer concat1: wrong input (found the features of a flattened 8x8x1; expected "
        "pictures, "
        "concatenated before they are flattened)");
  CHECK(refused(conv + R"(,{"type":"relu","name":"lost"},{"type":"relu","inputs":["conv1"]})" +
                end) ==
        "line: layer lost: nothing reads its output (found no later layer that does; expected one, "
        "or "
        "the end of the network)");
  CHECK(refused(conv + R"(,{"type":"batch_norm","epsilon":0})" + end) ==
        "line: layers[1].epsilon: wrong value (found 0; expected a number from 1e-12 to 1)");
}
