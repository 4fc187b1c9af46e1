#include "nn/plan/plan.h"

#include <algorithm>

#include "kernels/elementwise/elementwise.h"
#include "kernels/mask/mask.h"
#include "nn/plan/predict.h"
#include "tests/kernels/masked_cases.h"
#include "tests/nn/plan/mixed_network.h"
#include "tests/support/compare.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

// A residual block, a concatenation, batch normalisation before and behind convolutions, on flat features and
// on none; the input is read twice.
const char* const kGraph = R"({"name": "graph", "input": [14, 13, 3], "layers": [
  {"type": "conv2d", "name": "a", "filters": 4, "kernel": 3, "padding": "same"},
  {"type": "batch_norm"}, {"type": "relu", "name": "first"},
  {"type": "conv2d", "filters": 4, "kernel": 3, "padding": "same"},
  {"type": "batch_norm", "name": "block"},
  {"type": "add", "inputs": ["block", "first"]}, {"type": "relu"}, {"type": "dropout", "rate": 0.5},
  {"type": "max_pool2d", "name": "small", "window": 2},
  {"type": "batch_norm", "inputs": ["input"], "name": "side"},
  {"type": "max_pool2d", "window": 2, "name": "side_small"},
  {"type": "concat", "inputs": ["small", "side_small"]},
  {"type": "conv2d", "filters": 5, "kernel": 3}, {"type": "relu"},
  {"type": "average_pool2d", "name": "mean", "window": "global"}, {"type": "flatten", "name": "means"},
  {"type": "max_pool2d", "name": "most", "inputs": ["relu3"], "window": "global"},
  {"type": "flatten", "name": "mosts"}, {"type": "concat", "inputs": ["means", "mosts"]},
  {"type": "linear", "outputs": 6}, {"type": "batch_norm"}, {"type": "relu"},
  {"type": "linear", "outputs": 3}]})";

std::vector<Json> models() {
  std::vector<Json> all = {parse_json(kMixed, "mixed"), parse_json(kGraph, "graph"),
                           load_model_description("tiny"), load_model_description("tiny_residual")};
  if (device() == DeviceKind::cpu) all.push_back(load_model_description("balve2024"));
  return all;
}

// Scores of untrained networks are of order 1; sums of a few thousand products lose less than this.
constexpr double kTolerance = 2e-5;

}  // namespace

TEST_CASE("plan: the plan gives the model's logits") {
  for (const Json& description : models()) {
    Model model(stream(), description, 5);
    CAPTURE(model.name());
    const Tensor x = pictures(model.input(), 3);
    // A step in training moves the running statistics away from 0 and 1.
    model.forward(stream(), Variable(x), {.training = true});
    const NoGradient off;
    const auto expected = model.forward(stream(), Variable(x)).value().to_host<float>(stream());
    const auto actual = Plan(stream(), model).logits(x).to_host<float>(stream());
    CHECK_CLOSE(actual, expected, kTolerance, kTolerance);
  }
}

TEST_CASE("plan: one channel stands for equal ones") {
  const Model model(stream(), parse_json(kMixed, "mixed"), 6);
  const ActivationShape grey{model.input().h, model.input().w, 1};
  const Tensor plane = pictures(grey, 4);
  const auto values = plane.to_host<float>(stream());
  std::vector<float> tripled;
  for (const float value : values) tripled.insert(tripled.end(), 3, value);
  const Tensor x = Tensor::from_host(stream(), model.input().batch(4), tripled);
  const Plan plan(stream(), model, Plan::Channels::one);
  CHECK(plan.input().c == 1);
  CHECK_CLOSE(plan.logits(plane).to_host<float>(stream()),
              Plan(stream(), model).logits(x).to_host<float>(stream()), kTolerance, kTolerance);
}

TEST_CASE("plan: masks give the bits of the masked images, in any batch") {
  for (const Json& description : models()) {
    const Model model(stream(), description, 7);
    CAPTURE(model.name());
    const ActivationShape in = model.input();
    const int n = kSmallShapesOnly ? 2 : in.h > 100 ? 40 : 130;
    const MaskedCase masked(1, n, in.h, in.w, in.c, 40, false);
    const Plan plan(stream(), model);
    const auto from_masks = plan.logits(masked.on_device, n).to_host<float>(stream());

    const Tensor x = Tensor::empty(stream(), in.batch(n));
    mask_images(stream(), {masked.on_device, x.data<float>(), n, in.h, in.w, in.c});
    CHECK_SAME_BITS(plan.logits(x).to_host<float>(stream()), from_masks);

    MaskedImage last = masked.on_device;
    last.bits += std::ptrdiff_t{n - 1} * last.words;
    CHECK_SAME_BITS(plan.logits(last, 1).to_host<float>(stream()),
                    std::vector<float>(from_masks.end() - model.classes(), from_masks.end()));
  }
}

TEST_CASE("plan: what does not fit is refused") {
  const Model model(stream(), parse_json(kMixed, "mixed"), 6);
  const Plan plan(stream(), model);
  CHECK_THROWS_WITH_AS(plan.logits(Tensor::empty(stream(), {2, 23, 21, 1})),
                       doctest::Contains("expected N times 23x21x3"), Error);
  CHECK_THROWS_WITH_AS(plan.logits(MaskedImage{}, 0), doctest::Contains("at least 1 mask"), Error);
  const Model linear(stream(),
                     parse_json(R"({"name": "linear", "input": [4, 4, 1], "layers": [
    {"type": "flatten"}, {"type": "linear", "outputs": 2}]})",
                                "linear"),
                     1);
  CHECK_THROWS_WITH_AS(Plan(stream(), linear, Plan::Channels::one),
                       doctest::Contains("does not begin with a convolution"), Error);
}

namespace {

// Of the operators, among the launches that wait to be taken.
std::ptrdiff_t launches_of(std::initializer_list<std::string_view> operators) {
  const std::vector<LaunchRecord> records = stream().launches().take();
  return std::count_if(records.begin(), records.end(), [&](const LaunchRecord& record) {
    return std::any_of(operators.begin(), operators.end(), [&](std::string_view name) {
      return std::string_view(record.name).starts_with(name);
    });
  });
}

// Blocks of a residual network, of one with inverted bottlenecks and squeeze and excitation, and branches of which two
// end in one addition.
const char* const kBlocks = R"({"name": "blocks", "input": [17, 15, 3], "layers": [
  {"type": "conv2d", "filters": 20, "kernel": 3, "stride": 2, "padding": 1},
  {"type": "batch_norm"}, {"type": "relu", "name": "first"},
  {"type": "conv2d", "filters": 20, "kernel": 3, "padding": "same"},
  {"type": "batch_norm", "name": "main"},
  {"type": "add", "inputs": ["main", "first"]}, {"type": "relu", "name": "block"},
  {"type": "conv2d", "filters": 40, "kernel": 1, "bias": false},
  {"type": "activation", "function": "clip", "alpha": 0, "beta": 6},
  {"type": "conv2d", "filters": 40, "kernel": 3, "padding": "same", "groups": 40},
  {"type": "activation", "function": "swish", "alpha": 1},
  {"type": "conv2d", "name": "narrow", "filters": 20, "kernel": 1},
  {"type": "add", "name": "sum", "inputs": ["block", "narrow"]},
  {"type": "conv2d", "name": "left", "filters": 12, "kernel": 3},
  {"type": "conv2d", "name": "right", "inputs": ["sum"], "filters": 12, "kernel": 3},
  {"type": "add", "inputs": ["left", "right"]}, {"type": "activation", "function": "hard_swish"},
  {"type": "conv2d", "filters": 24, "kernel": 3, "groups": 2}, {"type": "relu"},
  {"type": "max_pool2d", "window": 2},
  {"type": "flatten"}, {"type": "linear", "outputs": 3}]})";

}  // namespace

TEST_CASE("plan: what a convolution finishes has the bits of passes of its own") {
  Model model(stream(), parse_json(kBlocks, "blocks"), 3);
  const Tensor x = pictures(model.input(), 3);
  model.forward(stream(), Variable(x), {.training = true});
  stream().launches().take();
  stream().launches().set_detail(LaunchLog::Detail::counts);
  const auto finished = Plan(stream(), model).logits(x).to_host<float>(stream());
  stream().launches().set_detail(LaunchLog::Detail::off);
  const auto passes = launches_of({"add", "activation", "relu"});
  if (device() == DeviceKind::cpu) CHECK(passes == 0);
  const Policy before = stream().policy();
  Policy forced = before;
  for (const Variant<AddArgs>& variant : variants_on(add_variants(), device()))
    forced.variants["add"] = variant.name;
  stream().set_policy(forced);
  const auto apart = Plan(stream(), model).logits(x).to_host<float>(stream());
  stream().set_policy(before);
  CHECK_SAME_BITS(finished, apart);
  const NoGradient off;
  const auto expected = model.forward(stream(), Variable(x)).value().to_host<float>(stream());
  CHECK_CLOSE(finished, expected, kTolerance, kTolerance);
}

TEST_CASE("plan: chunks of their own for layers with many weights change no bit") {
  // The last convolutions have more weights than maps to read them for.
  const Model model(stream(),
                    parse_json(R"({"name": "deep", "input": [64, 64, 1], "layers": [
    {"type": "conv2d", "filters": 64, "kernel": 3, "padding": "same"}, {"type": "relu"},
    {"type": "max_pool2d", "window": 32},
    {"type": "conv2d", "name": "b", "filters": 128, "kernel": [2, 1]}, {"type": "relu", "name": "r"},
    {"type": "conv2d", "filters": 128, "kernel": [1, 2]}, {"type": "relu", "name": "relu2"},
    {"type": "conv2d", "name": "side", "inputs": ["r"], "filters": 128, "kernel": [1, 2]},
    {"type": "add", "inputs": ["relu2", "side"]},
    {"type": "flatten"}, {"type": "linear", "outputs": 3}]})",
                               "deep"),
                    2);
  const Plan plan(stream(), model);
  const int n = 2 * plan.chunk() + 1;
  if (device() != DeviceKind::cpu && n > 20) return;
  const Tensor x = pictures(model.input(), n);
  stream().launches().take();
  stream().launches().set_detail(LaunchLog::Detail::counts);
  const auto together = plan.logits(x).to_host<float>(stream());
  stream().launches().set_detail(LaunchLog::Detail::off);
  // Three chunks of the first layer, one of the two behind it.
  // On cpu the one beside them is of the same kind.
  CHECK(launches_of({"conv2d_relu_pool", "conv2d_finished"}) ==
        3 + (device() == DeviceKind::cpu ? 3 : 2));
  std::vector<float> one_by_one;
  for (int i = 0; i < n; ++i) {
    const auto row = plan.logits(x.slice(i, 1)).to_host<float>(stream());
    one_by_one.insert(one_by_one.end(), row.begin(), row.end());
  }
  CHECK_SAME_BITS(together, one_by_one);
}
