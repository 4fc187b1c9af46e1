#include "nn/graph/model_parser.h"

#include <array>
#include <map>
#include <set>

#include "runtime/error.h"
#include "runtime/formats/nearest.h"
#include "runtime/formats/text.h"

namespace pellucid {
namespace {

int integer(const JsonView& view, int least, int most) {
  return static_cast<int>(view.integer(least, most));
}

// One number, or [height, width].
Size2d size_of(const JsonView& view, int least, int most) {
  if (!view.is_array()) {
    const int both = integer(view, least, most);
    return {both, both};
  }
  view.array_size(2, 2);
  return {integer(view.element(0), least, most), integer(view.element(1), least, most)};
}

Size2d size_or(const JsonView& layer, std::string_view key, int least, Size2d otherwise) {
  const auto view = layer.find(key);
  return view ? size_of(*view, least, kModelMaxWindow) : otherwise;
}

// `window`: the (dilated) extent of what slides over the picture.
Size2d padding_of(const JsonView& layer, Size2d window, Size2d stride) {
  const auto view = layer.find("padding");
  if (!view) return {0, 0};
  if (!view->is_text()) return size_of(*view, 0, kModelMaxWindow);
  if (view->text() == "valid") return {0, 0};
  if (view->text() != "same") view->fail_expected("\"valid\", \"same\" or a size");
  require(stride == Size2d{1, 1} && window.h % 2 == 1 && window.w % 2 == 1, view->where(),
          ": no such padding (found \"same\" with stride ", stride.h, "x", stride.w,
          " and a window of ", window.h, "x", window.w,
          "; expected stride 1 and an odd window, or a number)");
  return {window.h / 2, window.w / 2};
}

// What is known of the network before the layer that is being read.
struct Position {
  std::string name;         // of the layer
  ActivationShape input;    // of the layer
  ActivationShape picture;  // what the flat input was flattened from
};

std::unique_ptr<Layer> parse_conv2d(const JsonView& view, const Position& at) {
  view.expect_keys({"type", "name", "filters", "kernel", "stride", "padding", "dilation"});
  const Size2d kernel = size_of(view.at("kernel"), 1, kModelMaxWindow);
  Conv2dOptions options;
  options.stride = size_or(view, "stride", 1, {1, 1});
  options.dilation = size_or(view, "dilation", 1, {1, 1});
  const Size2d dilated{options.dilation.h * (kernel.h - 1) + 1,
                       options.dilation.w * (kernel.w - 1) + 1};
  options.padding = padding_of(view, dilated, options.stride);
  return make_conv2d(at.name, at.input, integer(view.at("filters"), 1, kModelMaxChannels), kernel,
                     options);
}

Pool2dOptions pool2d_options(const JsonView& view, const ActivationShape& input) {
  view.expect_keys({"type", "name", "window", "stride", "padding"});
  Pool2dOptions options;
  const JsonView window = view.at("window");
  if (window.is_text()) {
    if (window.text() != "global") window.fail_expected("\"global\" or a size");
    options.window = {input.h, input.w};
  } else {
    options.window = size_of(window, 1, kModelMaxWindow);
  }
  options.stride = size_or(view, "stride", 1, options.window);
  options.padding = padding_of(view, options.window, options.stride);
  return options;
}

std::unique_ptr<Layer> parse_max_pool2d(const JsonView& view, const Position& at) {
  return make_max_pool2d(at.name, at.input, pool2d_options(view, at.input));
}

std::unique_ptr<Layer> parse_average_pool2d(const JsonView& view, const Position& at) {
  return make_average_pool2d(at.name, at.input, pool2d_options(view, at.input));
}

std::unique_ptr<Layer> parse_linear(const JsonView& view, const Position& at) {
  view.expect_keys({"type", "name", "outputs"});
  return make_linear(at.name, at.input, integer(view.at("outputs"), 1, kModelMaxChannels),
                     at.picture);
}

std::unique_ptr<Layer> parse_relu(const JsonView& view, const Position& at) {
  view.expect_keys({"type", "name"});
  return make_relu(at.name, at.input);
}

std::unique_ptr<Layer> parse_flatten(const JsonView& view, const Position& at) {
  view.expect_keys({"type", "name"});
  return make_flatten(at.name, at.input);
}

std::unique_ptr<Layer> parse_dropout(const JsonView& view, const Position& at) {
  view.expect_keys({"type", "name", "rate"});
  return make_dropout(at.name, at.input, static_cast<float>(view.at("rate").number(0, 1)));
}

std::unique_ptr<Layer> parse_softmax(const JsonView& view, const Position& at) {
  view.expect_keys({"type", "name"});
  return make_softmax(at.name, at.input);
}

struct LayerType {
  const char* type;
  const char* short_name;
  std::unique_ptr<Layer> (*parse)(const JsonView&, const Position&);
};
constexpr std::array<LayerType, 8> kLayerTypes{{{"conv2d", "conv", parse_conv2d},
                                                {"linear", "fc", parse_linear},
                                                {"relu", "relu", parse_relu},
                                                {"max_pool2d", "pool", parse_max_pool2d},
                                                {"average_pool2d", "pool", parse_average_pool2d},
                                                {"flatten", "flatten", parse_flatten},
                                                {"dropout", "dropout", parse_dropout},
                                                {"softmax", "softmax", parse_softmax}}};

const LayerType& layer_type(const JsonView& layer) {
  const JsonView type = layer.at("type");
  std::vector<std::string> known;
  for (const LayerType& candidate : kLayerTypes) {
    if (type.text() == candidate.type) return candidate;
    known.push_back(candidate.type);
  }
  fail(type.where(), ": unknown layer type (found ", in_quotes(type.text()), "; expected ",
       joined(known), ")");
}

std::string checked_name(const JsonView& view) {
  const std::string& name = view.text();
  // A name is also part of tensor names and of a command line.
  const bool good = !name.empty() && name.size() <= kModelMaxName &&
                    name.find_first_not_of(
                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "0123456789_-") == std::string::npos;
  if (!good) view.fail_expected(concat("1 to ", kModelMaxName, " letters, digits, '_' or '-'"));
  return name;
}

ActivationShape parse_input(const JsonView& view) {
  view.array_size(3, 3);
  return {integer(view.element(0), 1, kModelMaxExtent),
          integer(view.element(1), 1, kModelMaxExtent),
          integer(view.element(2), 1, kModelMaxChannels)};
}

}  // namespace

ParsedModel parse_model(const Json& description, const std::string& file) {
  const JsonView view(description, file);
  view.expect_keys({"name", "input", "classes", "layers"});
  ParsedModel model;
  model.name = checked_name(view.at("name"));
  model.input = parse_input(view.at("input"));

  const JsonView layers = view.at("layers");
  const std::size_t count = layers.array_size(1, kModelMaxLayers);
  Position at{.name = {}, .input = model.input, .picture = {}};
  std::map<std::string, int> numbers;
  std::set<std::string> names;
  for (std::size_t i = 0; i < count; ++i) {
    const JsonView layer = layers.element(i);
    const LayerType& type = layer_type(layer);
    const int number = ++numbers[type.short_name];
    const auto name = layer.find("name");
    at.name = name ? checked_name(*name) : concat(type.short_name, number);
    require(names.insert(at.name).second, layer.where(), ": duplicate name (found '", at.name,
            "' twice; expected it once)");
    require(std::string_view(type.type) != "softmax" || i + 1 == count, layer.where(),
            ": wrong place (found softmax before another layer; expected it last)");
    try {
      model.layers.push_back(type.parse(layer, at));
    } catch (const Error& error) {
      // The layer's own checks know its name but not the file.
      const std::string_view what = error.what();
      if (what.starts_with(file)) throw;
      fail(file, ": ", what);
    }
    const Layer& made = *model.layers.back();
    if (made.type() == std::string_view("flatten")) at.picture = made.input();
    else if (made.type() == std::string_view("linear")) at.picture = made.output();
    at.input = made.output();
  }
  require(at.input.flat, file, ": layer ", at.name, ": wrong last layer (found an output of ",
          at.input.to_string(), "; expected flat class scores)");

  if (const auto classes = view.find("classes")) {
    const auto outputs = static_cast<std::size_t>(at.input.c);
    classes->array_size(outputs, outputs);
    for (std::size_t c = 0; c < outputs; ++c)
      model.class_names.push_back(classes->element(c).text());
  }
  return model;
}

}  // namespace pellucid
