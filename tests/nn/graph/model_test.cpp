#include "nn/graph/model.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "tests/support/compare.h"
#include "tests/support/device.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

const std::string kHead = R"({"type":"flatten"},{"type":"linear","outputs":3})";

Tensor pictures(const Model& model, int n) {
  const Shape shape = model.input().batch(n);
  return Tensor::from_host(stream(), shape,
                           random_values(static_cast<std::size_t>(shape.count()), 41, 0, 1));
}

}  // namespace

TEST_CASE("model: balve2024 is the paper's network") {
  const Model model(load_model_description("balve2024"));
  CHECK(model.parameter_count() == 1'386'177);
  CHECK(model.classes() == 3);
  const auto shape_of = [&](const char* layer) { return model.shape(layer).to_string(); };
  CHECK(shape_of("conv1") == "220x220x16");
  CHECK(shape_of("pool1") == "110x110x16");
  CHECK(shape_of("conv2") == "106x106x16");
  CHECK(shape_of("pool2") == "53x53x16");
  CHECK(shape_of("conv3") == "53x53x14");
  CHECK(shape_of("pool3") == "26x26x14");
  CHECK(shape_of("pool4") == "13x13x14");
  CHECK(shape_of("flatten") == "2366");
  CHECK(shape_of("fc1") == "512");
  CHECK(shape_of("fc4") == "3");
  CHECK(model.target_layer() == "relu3");
  std::vector<std::int64_t> counts;
  for (const char* layer : {"conv1", "conv2", "conv3", "fc1", "fc2", "fc3", "fc4"}) {
    std::int64_t count = 0;
    for (const Parameter* parameter : model.parameters())
      if (parameter->name.starts_with(std::string(layer) + "."))
        count += parameter->file_shape.count();
    counts.push_back(count);
  }
  CHECK(counts == std::vector<std::int64_t>{1216, 6416, 2030, 1'211'904, 131'328, 32'896, 387});
  CHECK(model.parameters()[0]->name == "conv1.weight");
  CHECK(model.parameters()[1]->name == "conv1.bias");
}

TEST_CASE("model: tiny has a map that is fine enough to localise on") {
  const Model model(load_model_description("tiny"));
  CHECK(model.input() == ActivationShape{64, 64, 1});
  CHECK(model.shape(model.target_layer()).h >= 13);
  CHECK(model.classes() == 3);
}

TEST_CASE("model: he_uniform is a function of seed, parameter and index") {
  const Model model(stream(), load_model_description("tiny"), 9);
  for (std::size_t p : {std::size_t{0}, std::size_t{2}}) {
    const Parameter& weight = *model.parameters()[p];
    const auto values = weight.variable.value().to_host<float>(stream());
    const float limit = std::sqrt(6.0f / static_cast<float>(weight.fan_in));
    float largest = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const float expected = limit * (2 * random_uniform({9, kInitialWeightsStream + p}, i) - 1);
      REQUIRE(values[i] == doctest::Approx(expected).epsilon(1e-6));
      largest = std::max(largest, std::abs(values[i]));
    }
    CHECK(largest <= limit);
    CHECK(largest > 0.8f * limit);
    for (const float bias : model.parameters()[p + 1]->variable.value().to_host<float>(stream()))
      CHECK(bias == 0);
  }
  const Model other(stream(), load_model_description("tiny"), 10);
  CHECK(other.parameters()[0]->variable.value().to_host<float>(stream()) !=
        model.parameters()[0]->variable.value().to_host<float>(stream()));
}

TEST_CASE("model: forward in two parts, observed, equals forward") {
  Model model(stream(),
              parse_json(R"({"name":"m","input":[8,6,2],"classes":["a","b","c"],"layers":[
    {"type":"conv2d","filters":4,"kernel":3},{"type":"relu"},{"type":"flatten"},
    {"type":"dropout","rate":0.5},{"type":"linear","outputs":3},{"type":"softmax"}]})",
                         "m"),
              1);
  CHECK(model.layer_names() ==
        std::vector<std::string>{"conv1", "relu1", "flatten1", "dropout1", "fc1", "softmax1"});
  const Variable x(pictures(model, 3));
  const auto logits = model.forward(stream(), x).value().to_host<float>(stream());
  const std::vector<Variable> middle = model.forward_to(stream(), x, "relu1");
  REQUIRE(middle.size() == 1);
  CHECK(middle.front().shape() == Shape{3, 6, 4, 4});
  CHECK_SAME_BITS(model.forward_from(stream(), middle, "relu1").value().to_host<float>(stream()),
                  logits);
  const Variable probabilities = model.forward_to(stream(), x, "softmax1").front();
  float sum = 0;
  for (const float p : probabilities.value().to_host<float>(stream())) sum += p;
  CHECK(sum == doctest::Approx(3));

  std::vector<std::string> seen;
  ForwardOptions options;
  options.observe = [&](const Op& layer, const Variable& output) {
    seen.push_back(layer.name() + " " + output.shape().to_string());
  };
  model.forward(stream(), x, options);
  CHECK(seen == std::vector<std::string>{"conv1 (3, 6, 4, 4)", "relu1 (3, 6, 4, 4)",
                                         "flatten1 (3, 96)", "dropout1 (3, 96)", "fc1 (3, 3)"});
}

TEST_CASE("model: dropout acts in training only, as its key says") {
  Model model(stream(),
              parse_json(R"({"name":"m","input":[2,2,1],"layers":[{"type":"flatten"},
    {"type":"dropout","rate":0.5},{"type":"linear","outputs":2}]})",
                         "m"),
              1);
  const Variable x(pictures(model, 8));
  const auto logits = [&](bool training, RandomKey key) {
    return model.forward(stream(), x, {.training = training, .dropout = training, .key = key})
        .value()
        .to_host<float>(stream());
  };
  CHECK_SAME_BITS(logits(false, {1, 2}), logits(false, {3, 4}));
  CHECK_SAME_BITS(logits(true, {1, 2}), logits(true, {1, 2}));
  CHECK(logits(true, {1, 2}) != logits(true, {1, 258}));
  CHECK(logits(true, {1, 2}) != logits(false, {1, 2}));
}

TEST_CASE("model: frozen parameters give the gradient of an activation alone") {
  Model model(stream(), load_model_description("tiny"), 3);
  model.set_requires_gradient(false);
  const Variable x(pictures(model, 1));
  const std::string layer = model.target_layer();
  const Variable activation(model.forward_to(stream(), x, layer).front().value(), true);
  backward(stream(),
           class_score(stream(), model.forward_from(stream(), std::vector{activation}, layer), 1));
  CHECK(activation.gradient().shape() == activation.shape());
  for (const Parameter* parameter : model.parameters())
    CHECK_FALSE(parameter->variable.gradient().defined());
  model.set_requires_gradient(true);
  backward(stream(), class_score(stream(), model.forward(stream(), x), 1));
  CHECK(model.parameters()[0]->variable.gradient().defined());
  model.clear_gradients();
  CHECK_FALSE(model.parameters()[0]->variable.gradient().defined());
}

TEST_CASE("model: wrong inputs and names are named") {
  Model model(stream(), load_model_description("tiny"), 1);
  CHECK_THROWS_WITH_AS(
      model.forward(stream(), Variable(Tensor::zeros(stream(), {2, 64, 64, 3}))),
      "the input of model tiny: expected N times 64x64x1 with N at least 1, got (2, 64, 64, 3)",
      Error);
  CHECK_THROWS_AS(model.forward(stream(), Variable(Tensor::zeros(stream(), {4096}))), Error);
  CHECK_THROWS_AS(model.forward(stream(), Variable(Tensor::zeros(stream(), {0, 64, 64, 1}))),
                  Error);
  CHECK_THROWS_WITH_AS(model.value("cnv3"), "model tiny has no layer 'cnv3', did you mean 'conv3'?",
                       Error);
  CHECK_THROWS_AS(model.set_class_names({"a", "b"}), Error);
  CHECK_THROWS_WITH_AS(load_model_description("balve204"),
                       "there is no model 'balve204': neither built in (balve2024, tiny, "
                       "tiny_residual, resnet18, mobilenet_v2) nor a "
                       "file, did you mean 'balve2024'?",
                       Error);
  const Model empty(load_model_description("tiny"));
  CHECK_THROWS_AS(empty.forward(stream(), Variable(Tensor::zeros(stream(), {1, 64, 64, 1}))),
                  Error);
}

TEST_CASE(
    "model: torchvision's networks have its parameters, and take pictures and classes of one's "
    "own") {
  for (const auto& [name, parameters, layers, channels] :
       {std::tuple("resnet18", 11'689'512, "layer4.1.relu2", 512),
        std::tuple("mobilenet_v2", 3'504'872, "features.18.2", 1280)}) {
    CAPTURE(name);
    const Json description = load_model_description(name);
    const Model model(description);
    CHECK(model.parameter_count() == parameters);
    CHECK(model.classes() == 1000);
    CHECK(model.target_layer() == layers);
    CHECK(model.shape(layers).to_string() == concat("7x7x", channels));
    const Model own(fitted_description(description, {65, 33, 1}, 5));
    CHECK(own.classes() == 5);
    CHECK(own.shape(layers).to_string() == concat("3x2x", channels));
    CHECK(own.parameter_count() == parameters - 995 * (channels + 1) -
                                       2 * 9 * 32 * (channels == 1280 ? 1 : 0) -
                                       2 * 49 * 64 * (channels == 512 ? 1 : 0));
  }
}

TEST_CASE("model: how weights begin") {
  const Model model(stream(),
                    parse_json(R"({"name": "m", "input": [8, 8, 8], "layers": [
    {"type": "conv2d", "filters": 64, "kernel": 5, "initial": "fan_out_normal"},
    {"type": "conv2d", "filters": 128, "kernel": 3, "initial": "fan_in_uniform"},
    {"type": "flatten"},
    {"type": "linear", "outputs": 30, "initial": 0.01}]})",
                               "m"),
                    7);
  const auto values = [&](std::size_t parameter) {
    return model.parameters()[parameter]->variable.value().to_host<float>(stream());
  };
  const auto deviation = [](const std::vector<float>& all) {
    double sum = 0;
    for (const float value : all) sum += double{value} * value;
    return std::sqrt(sum / static_cast<double>(all.size()));
  };
  // 12,800 and more draws: their deviation is known to 0.7 % (one standard error).
  const std::vector<float> normal = values(0);
  CHECK(deviation(normal) == doctest::Approx(std::sqrt(2.0 / (64 * 25))).epsilon(0.04));
  CHECK(*std::max_element(normal.begin(), normal.end()) > 0);
  const double limit = 1 / std::sqrt(64.0 * 9);
  for (const std::size_t drawn : {2, 3})  // the bias, too
    for (const float value : values(drawn)) CHECK(std::abs(value) <= limit);
  CHECK(deviation(values(2)) == doctest::Approx(limit / std::sqrt(3.0)).epsilon(0.04));
  CHECK(deviation(values(3)) > limit / 3);
  CHECK(deviation(values(4)) == doctest::Approx(0.01).epsilon(0.04));
  for (const std::size_t zero : {1, 5})
    for (const float value : values(zero)) CHECK(value == 0);
}

TEST_CASE("model: as many outputs as classes, of the last layer with weights") {
  const auto fitted = [](const std::string& layers, int classes) {
    return Model(fitted_description(
        parse_json(R"({"name": "m", "input": [9, 9, 2], "layers": [)" + layers + "]}", "m"),
        {12, 10, 3}, classes));
  };
  const Model convolved = fitted(
      R"({"type": "conv2d", "filters": 4, "kernel": 1}, {"type": "average_pool2d", "window": "global"},
         {"type": "flatten"}, {"type": "softmax"})",
      7);
  CHECK(convolved.classes() == 7);
  CHECK(convolved.input().to_string() == "12x10x3");
  CHECK_THROWS_WITH_AS(
      fitted(R"({"type": "conv2d", "filters": 4, "kernel": 1}, {"type": "batch_norm"},
                {"type": "average_pool2d", "window": "global"}, {"type": "flatten"})",
             7),
      doctest::Contains("(found batch_norm behind the last layer of weights;"), Error);
  CHECK_THROWS_WITH_AS(
      fitted(R"({"type": "average_pool2d", "window": "global"}, {"type": "flatten"})", 7),
      doctest::Contains("has no layer of weights"), Error);
}

TEST_CASE("model: sizes, strides and padding") {
  const auto shape_of = [](const std::string& layer) {
    const Model model(
        parse_json(R"({"name":"m","input":[9,7,2],"layers":[)" + layer + "," + kHead + "]}", "m"));
    return model.graph().value(1).shape.to_string();
  };
  CHECK(shape_of(R"({"type":"conv2d","filters":4,"kernel":[3,5],"padding":"same"})") == "9x7x4");
  CHECK(shape_of(R"({"type":"conv2d","filters":4,"kernel":3,"padding":"same","dilation":2})") ==
        "9x7x4");
  CHECK(shape_of(R"({"type":"conv2d","filters":4,"kernel":3,"stride":[2,1],"padding":[1,0]})") ==
        "5x5x4");
  CHECK(shape_of(R"({"type":"max_pool2d","window":[3,2]})") == "3x3x2");
  CHECK(shape_of(R"({"type":"max_pool2d","window":3,"stride":1,"padding":1})") == "9x7x2");
  CHECK(shape_of(R"({"type":"average_pool2d","window":"global"})") == "1x1x2");
}
