#include "nn/graph/builtin_torchvision.h"

#include <string>
#include <utility>

namespace pellucid {
namespace {

// Layers one behind the other; names are those of torchvision's modules.
class LayerList {
 public:
  void add(const std::string& name, Json layer) {
    layer["name"] = name;
    layers_.push_back(std::move(layer));
  }
  // Of `input`, or of the layer before if that is empty.
  void convolution(const std::string& name, int filters, int kernel, int stride = 1, int groups = 1,
                   const std::string& input = "") {
    Json layer = {{"type", "conv2d"},
                  {"filters", filters},
                  {"kernel", kernel},
                  {"bias", false},
                  {"initial", "fan_out_normal"}};
    if (stride > 1) layer["stride"] = stride;
    if (kernel > 1) layer["padding"] = kernel / 2;
    if (groups > 1) layer["groups"] = groups;
    if (!input.empty()) layer["inputs"] = {input};
    add(name, std::move(layer));
  }
  void batch_norm(const std::string& name) { add(name, {{"type", "batch_norm"}}); }
  void relu(const std::string& name) { add(name, {{"type", "relu"}}); }
  void relu6(const std::string& name) {
    add(name, {{"type", "activation"}, {"function", "clip"}, {"alpha", 0}, {"beta", 6}});
  }
  void sum(const std::string& name, const std::string& a, const std::string& b) {
    add(name, {{"type", "add"}, {"inputs", {a, b}}});
  }
  // The mean of each channel.
  void pool() {
    add("avgpool", {{"type", "average_pool2d"}, {"window", "global"}});
    add("flatten", {{"type", "flatten"}});
  }
  std::string last() const { return layers_.back()["name"]; }
  Json description(const char* name) && {
    return {{"name", name}, {"input", {224, 224, 3}}, {"layers", std::move(layers_)}};
  }

 private:
  Json layers_ = Json::array();
};

// Two convolutions of 3 × 3 and a way around them.
void residual_block(LayerList& layers, const std::string& name, int filters, int stride,
                    bool projects) {
  std::string around = layers.last();
  const std::string before = around;
  layers.convolution(name + ".conv1", filters, 3, stride);
  layers.batch_norm(name + ".bn1");
  layers.relu(name + ".relu1");
  layers.convolution(name + ".conv2", filters, 3);
  layers.batch_norm(name + ".bn2");
  if (projects) {
    layers.convolution(name + ".downsample.0", filters, 1, stride, 1, before);
    around = name + ".downsample.1";
    layers.batch_norm(around);
  }
  layers.sum(name + ".add", name + ".bn2", around);
  layers.relu(name + ".relu2");
}

// 1 × 1 convolution to `expansion` times the channels, a convolution of each channel for itself, and back.
void inverted_residual(LayerList& layers, const std::string& name, int inputs, int expansion,
                       int outputs, int stride) {
  const std::string before = layers.last();
  const int hidden = inputs * expansion;
  int part = 0;
  const auto activated = [&](int filters, int kernel, int step, int groups) {
    const std::string unit = name + ".conv." + std::to_string(part++);
    layers.convolution(unit + ".0", filters, kernel, step, groups);
    layers.batch_norm(unit + ".1");
    layers.relu6(unit + ".2");
  };
  if (expansion > 1) activated(hidden, 1, 1, 1);
  activated(hidden, 3, stride, hidden);
  layers.convolution(name + ".conv." + std::to_string(part), outputs, 1);
  const std::string end = name + ".conv." + std::to_string(part + 1);
  layers.batch_norm(end);
  if (stride == 1 && inputs == outputs) layers.sum(name + ".add", before, end);
}

}  // namespace

Json resnet18_description() {
  LayerList layers;
  layers.convolution("conv1", 64, 7, 2);
  layers.batch_norm("bn1");
  layers.relu("relu");
  layers.add("maxpool", {{"type", "max_pool2d"}, {"window", 3}, {"stride", 2}, {"padding", 1}});
  for (int stage = 1; stage <= 4; ++stage)
    for (int block = 0; block < 2; ++block) {
      const bool first = block == 0 && stage > 1;
      residual_block(layers, "layer" + std::to_string(stage) + "." + std::to_string(block),
                     32 << stage, first ? 2 : 1, first);
    }
  layers.pool();
  layers.add("fc", {{"type", "linear"}, {"outputs", 1000}, {"initial", "fan_in_uniform"}});
  return std::move(layers).description("resnet18");
}

Json mobilenet_v2_description() {
  struct Stage {
    int expansion, channels, blocks, stride;
  };
  constexpr Stage kStages[] = {{1, 16, 1, 1}, {6, 24, 2, 2},  {6, 32, 3, 2}, {6, 64, 4, 2},
                               {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};
  LayerList layers;
  const auto ends = [&](const std::string& unit, int filters, int kernel, int stride) {
    layers.convolution(unit + ".0", filters, kernel, stride);
    layers.batch_norm(unit + ".1");
    layers.relu6(unit + ".2");
  };
  ends("features.0", 32, 3, 2);
  int channels = 32, unit = 1;
  for (const Stage& stage : kStages)
    for (int block = 0; block < stage.blocks; ++block) {
      inverted_residual(layers, "features." + std::to_string(unit++), channels, stage.expansion,
                        stage.channels, block == 0 ? stage.stride : 1);
      channels = stage.channels;
    }
  ends("features." + std::to_string(unit), 1280, 1, 1);
  layers.pool();
  layers.add("classifier.0", {{"type", "dropout"}, {"rate", 0.2}});
  layers.add("classifier.1", {{"type", "linear"}, {"outputs", 1000}, {"initial", 0.01}});
  return std::move(layers).description("mobilenet_v2");
}

}  // namespace pellucid
