#include "nn/graph/onnx/network.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "nn/data/resize.h"
#include "nn/graph/graph_json.h"
#include "nn/op/attributes.h"
#include "runtime/error.h"
#include "runtime/formats/nearest.h"
#include "runtime/formats/text.h"

namespace pellucid {
namespace {

constexpr std::string_view kShortSide = "short-side ";
constexpr std::array<std::string_view, 5> kKinds{"classes", "labels", "binary", "value",
                                                 "segmentation"};

struct Preset {
  std::string_view name, json;
};
constexpr Preset kPresets[] = {
    {"imagenet",
     R"({"resize": "short-side 256", "channels": "rgb", "range": [0, 1],
         "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]})"},
    {"keras-caffe",
     R"({"resize": "stretch", "channels": "bgr", "range": [0, 255], "mean": [103.939, 116.779, 123.68], "std": [1]})"},
    {"keras-tf",
     R"({"resize": "stretch", "channels": "rgb", "range": [-1, 1], "mean": [0], "std": [1]})"},
    {"zero-one",
     R"({"resize": "stretch", "channels": "rgb", "range": [0, 1], "mean": [0], "std": [1]})"},
    {"bytes",
     R"({"resize": "stretch", "channels": "rgb", "range": [0, 255], "mean": [0], "std": [1]})"}};

std::vector<double> numbers(const JsonView& view, std::size_t least, std::size_t most) {
  std::vector<double> out;
  const std::size_t count = view.array_size(least, most);
  for (std::size_t i = 0; i < count; ++i) out.push_back(view.element(i).number(-1e6, 1e6));
  return out;
}

// The number behind "short-side "; 0: stretch.
int short_side(const JsonView& view) {
  const std::string& text = view.text();
  if (text == "stretch") return 0;
  int side = 0;
  const char* const end = text.data() + text.size();
  if (text.starts_with(kShortSide) &&
      std::from_chars(text.data() + kShortSide.size(), end, side).ptr == end && side >= 1 &&
      side <= 4096)
    return side;
  view.fail_expected("\"stretch\" or \"short-side 256\"");
}

Size2d size(const JsonView& view) { return size_of(view, 1, kModelMaxExtent); }

// The recipe for pictures, and the layers that make of [0, 1] what the network wants.
struct Entrance {
  Json recipe = Json::object(), layers = Json::array();
};

Json entrance_layer(const char* name, const Entrance& so_far, Json layer) {
  layer["name"] = name;
  layer["inputs"] =
      Json::array({so_far.layers.empty() ? Json("input") : so_far.layers.back()["name"]});
  return layer;
}

Entrance entrance(const JsonView& input, const ActivationShape& shape) {
  Entrance out;
  const int side = short_side(input.at("resize"));
  const Json size = Json::array({shape.h, shape.w});
  if (side > 0) {
    out.recipe["short_side"] = std::max({side, shape.h, shape.w});
    out.recipe["centre_cut"] = size;
  } else {
    out.recipe["resize"] = size;
  }
  out.recipe["interpolation"] = std::string(kAreaThenBilinear);
  out.recipe["scale"] = "1/255";
  const std::string channels = input.at("channels").text();
  if (channels != "rgb" && channels != "bgr" && channels != "grey")
    input.at("channels").fail_expected("\"rgb\", \"bgr\" or \"grey\"");
  const bool colour = shape.c == 3;
  require(colour != (channels == "grey") && (shape.c == 3 || shape.c == 1), input.where(),
          ": wrong channels (found ", in_quotes(channels), " for a network of ", shape.c, ")");
  if (channels == "bgr")
    out.layers.push_back(entrance_layer(
        "input_bgr", out, {{"type", "rearrange"}, {"start", {0, 0, 2}}, {"step", {1, 1, -1}}}));
  const std::vector<double> range = numbers(input.at("range"), 2, 2);
  const auto c = static_cast<std::size_t>(shape.c);
  const std::vector<double> mean = numbers(input.at("mean"), 1, c),
                            deviation = numbers(input.at("std"), 1, c);
  Json scale = Json::array(), shift = Json::array();
  bool identity = true;
  for (std::size_t i = 0; i < c; ++i) {
    const double m = mean.size() == c ? mean[i] : mean[0],
                 d = deviation.size() == c ? deviation[i] : deviation[0];
    require(d > 0, input.where(), ": wrong std (found ", d, "; expected more than 0)");
    scale.push_back((range[1] - range[0]) / d);
    shift.push_back((range[0] - m) / d);
    identity = identity && scale.back() == 1.0 && shift.back() == 0.0;
  }
  if (!identity)
    out.layers.push_back(entrance_layer("input_range", out,
                                        {{"type", "affine"}, {"scale", scale}, {"shift", shift}}));
  return out;
}

bool is_activation(const ImportedLayer& layer, const char* function) {
  return layer.json["type"] == "activation" && layer.json["function"] == function;
}

}  // namespace

Json onnx_preset(std::string_view name) {
  for (const Preset& preset : kPresets)
    if (preset.name == name) return Json::parse(preset.json);
  throw UsageError(concat("unknown preset '", name, "' (known: ", joined(onnx_presets()), ")"));
}

std::vector<std::string> onnx_presets() {
  std::vector<std::string> names;
  for (const Preset& preset : kPresets) names.emplace_back(preset.name);
  return names;
}

void check_network_description(const Json& description, const std::string& file) {
  const JsonView view(description, file);
  view.expect_keys({"input", "output", "target_layer", "preprocessing", "seen_images"});
  const auto recipe = view.find("preprocessing"), seen = view.find("seen_images");
  if (recipe) recipe->expect_object();
  if (seen) seen->expect_object();
  if (const auto input = view.find("input")) {
    input->expect_keys({"size", "resize", "channels", "range", "mean", "std"});
    if (const auto wanted = input->find("size")) size(*wanted);
    require(
        !recipe || !input->find("range"), input->where(),
        ": pictures become the input in two ways (found \"range\" and \"preprocessing\"; expected "
        "one of them)");
    if (input->find("range")) {
      const int channels = input->at("channels").text() == "grey" ? 1 : 3;
      entrance(*input, {1, 1, channels});
    }
  }
  if (const auto output = view.find("output")) {
    output->expect_keys({"kind", "tensor", "names"});
    if (const auto kind = output->find("kind"))
      if (std::find(kKinds.begin(), kKinds.end(), kind->text()) == kKinds.end())
        kind->fail_expected(joined(std::vector<std::string>(kKinds.begin(), kKinds.end())));
    if (const auto tensor = output->find("tensor")) tensor->text();
    if (const auto names = output->find("names"))
      for (std::size_t i = 0; i < names->array_size(1, kModelMaxChannels); ++i)
        names->element(i).text();
  }
  if (const auto layer = view.find("target_layer")) layer->text();
}

Json network_description(const OnnxModel& model) {
  for (const auto& [key, value] : model.metadata) {
    if (key != kOnnxMetadataKey) continue;
    const std::string place = concat(model.path.string(), ": metadata ", kOnnxMetadataKey);
    Json description = parse_json(value, place);
    check_network_description(description, place);
    return description;
  }
  return nullptr;
}

ImportOptions import_options(const Json& description) {
  ImportOptions options;
  if (!description.is_object()) return options;
  const JsonView view(description, "description");
  if (const auto input = view.find("input"))
    if (const auto wanted = input->find("size")) options.size = size(*wanted);
  if (const auto output = view.find("output"))
    if (const auto tensor = output->find("tensor")) options.output = tensor->text();
  return options;
}

std::string output_kind(const ImportedNetwork& network, const Json& description) {
  if (description.is_object() && description.contains("output") &&
      description["output"].contains("kind"))
    return description["output"]["kind"];
  const std::vector<std::int64_t>& extents = network.output_extents;
  const std::int64_t count = product(extents);
  if (extents.size() == 3 && extents[1] * extents[2] > 1) return "segmentation";
  if (!network.layers.empty() && is_activation(network.layers.back(), "sigmoid"))
    return count == 1 ? "binary" : "labels";
  if (count == 1 ||
      (extents.size() > 1 && count != *std::max_element(extents.begin(), extents.end())))
    return "value";
  return "classes";
}

std::string text_of(const std::vector<UntranslatedNode>& nodes) {
  struct Group {
    std::string op, first;
    std::size_t count;
  };
  std::vector<Group> groups;
  for (const UntranslatedNode& node : nodes) {
    const std::string key = concat(node.op, ": ", node.what);
    const auto found =
        std::find_if(groups.begin(), groups.end(), [&](const Group& g) { return g.op == key; });
    if (found != groups.end()) ++found->count;
    else groups.push_back({key, node.name, 1});
  }
  std::string text = concat(nodes.size(), nodes.size() == 1 ? " node cannot be translated: "
                                                            : " nodes cannot be translated: ");
  for (const Group& group : groups) {
    if (&group != &groups.front()) text += "; ";
    text += concat(group.op, " (", group.count > 1 ? concat(group.count, " times, first ") : "",
                   in_quotes(group.first), ")");
  }
  const std::string kind = kind_of_refused(nodes);
  if (!kind.empty()) text += concat("; networks with ", kind, " are not explained here");
  return text;
}

OnnxNetwork onnx_network(const OnnxModel& model, const Json& description, OnnxUse use) {
  return onnx_network(model, import_onnx(model, import_options(description)), description, use);
}

OnnxNetwork onnx_network(const OnnxModel& model, ImportedNetwork network, const Json& description,
                         OnnxUse use) {
  const std::string file = model.path.string();
  require(network.untranslated.empty(), file, ": ", text_of(network.untranslated));
  OnnxNetwork out;
  out.notes = network.notes;
  const JsonView view(description, concat(file, ": description"));
  const auto part = [&](const char* key) {
    return description.is_object() ? view.find(key) : std::nullopt;
  };
  const auto input = part("input");
  if (part("preprocessing")) out.preprocessing = description["preprocessing"];
  if (part("seen_images")) out.seen_images = description["seen_images"];
  Entrance door;
  if (use != OnnxUse::raw && input && input->find("range")) {
    require(!network.input.flat, file, ": its input is no picture (found ",
            network.input.to_string(), ")");
    door = entrance(*input, network.input);
  } else {
    std::string alternatives;
    for (const Preset& preset : kPresets)
      alternatives += concat(alternatives.empty() ? "" : "|", preset.name);
    require(use != OnnxUse::pictures || part("preprocessing"), file,
            ": how pictures become its input is not known (found no description; expected one: "
            "pellucid import ",
            file, " --preset ", alternatives, " --out FILE)");
  }
  const std::string kind = use == OnnxUse::raw ? "value" : output_kind(network, description);
  // What is explained is the score before it.
  if ((kind == "labels" || kind == "binary") && !network.layers.empty() &&
      is_activation(network.layers.back(), "sigmoid"))
    network.layers.pop_back();

  Json layers = std::move(door.layers);
  if (network.input.flat)
    layers.push_back({{"type", "reshape"},
                      {"name", "input_flat"},
                      {"inputs", {"input"}},
                      {"output", {network.input.c}}});
  const std::string first = layers.empty() ? "input" : layers.back()["name"].get<std::string>();
  for (ImportedLayer& layer : network.layers) {
    for (Json& name : layer.json["inputs"])
      if (name == "input") name = first;
    const std::string name = layer.json["name"];
    for (auto& [key, tensor] : layer.weights)
      out.weights.emplace(concat(name, ".", key), std::move(tensor));
    layers.push_back(std::move(layer.json));
  }
  const auto add = [&](const char* name, Json layer) {
    layer["name"] = name;
    layer["inputs"] = Json::array({layers.empty() ? Json("input") : layers.back()["name"]});
    layers.push_back(std::move(layer));
  };
  const std::int64_t outputs = product(network.output_extents);
  if (kind == "segmentation") {
    add("output_places", {{"type", "winner_sum"}});
  } else {
    if (network.output_copy) {
      add("output_order", {{"type", "rearrange"},
                           {"view", network.output_copy->view},
                           {"order", network.output_copy->order},
                           {"output", {outputs}}});
    } else if (layers.empty() || layers.back()["type"] != "softmax" ||
               layers.back().contains("view")) {
      add("output_flat", {{"type", "reshape"}, {"output", {outputs}}});
    }
    if (kind == "binary") {
      require(outputs == 1, file, ": binary needs one output (found ", outputs, ")");
      out.weights["output_sides.constant"] = {{-1.0f, 1.0f}, true};
      add("output_sides", {{"type", "arithmetic"},
                           {"function", "mul"},
                           {"views", {{1}}},
                           {"constant", {2}},
                           {"output", {2}}});
    }
  }
  std::string name;
  for (const char c : model.path.stem().string().substr(0, 64))
    name += is_model_name_character(c) ? c : '_';
  const ActivationShape& shape = network.input;
  out.model = {{"name", name.empty() ? "onnx" : name},
               {"input", {shape.h, shape.w, shape.c}},
               {"outputs", kind == "labels" || kind == "binary" ? "labels"
                           : kind == "value"                    ? "values"
                           : kind == "segmentation"             ? "winners"
                                                                : "classes"},
               {"layers", std::move(layers)}};
  if (const auto output = description.is_object() ? view.find("output") : std::nullopt)
    if (const auto names = output->find("names"))
      out.model["classes"] = description["output"]["names"];
  if (description.is_object() && description.contains("target_layer"))
    out.model["target_layer"] = description["target_layer"];
  if (!door.recipe.empty())
    out.preprocessing = {{"colour", network.input.c == 3}, {"steps", std::move(door.recipe)}};
  return out;
}

}  // namespace pellucid
