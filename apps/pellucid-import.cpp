// pellucid-import: takes a network from an ONNX file: says what it is, and writes what the file lacks into it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <tuple>

#include "apps/command_line.h"
#include "apps/data_source.h"
#include "apps/explain_inputs.h"
#include "nn/data/image_set.h"
#include "nn/plan/plan.h"
#include "nn/train/onnx_checkpoint.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/nearest.h"
#include "runtime/formats/npy.h"
#include "runtime/formats/text.h"
#include "runtime/formats/values.h"

namespace pellucid {
namespace {

struct Options {
  std::string file, out, json, device = "auto";
  std::string describe, preset, size, resize, channels, range, mean, deviation;
  std::string kind, output, names, target_layer, image;
  std::vector<std::string> verify;
};

Json numbers(const std::string& text, const char* option) {
  Json list = Json::array();
  for (const std::string& part : split_list(text, option))
    list.push_back(parse_real(part, option, -1e6, 1e6));
  return list;
}

std::vector<std::string> lines_of(const std::string& file) {
  std::vector<std::string> lines;
  std::string line;
  for (const std::byte byte : read_file(file)) {
    const char c = static_cast<char>(byte);
    if (c == '\n') lines.push_back(std::exchange(line, ""));
    else if (c != '\r') line += c;
  }
  if (!line.empty()) lines.push_back(line);
  return lines;
}

// The file's own description with what the options say.
Json described(const Options& o, const OnnxModel& model) {
  Json description = network_description(model);
  if (!o.describe.empty()) description = parse_json(read_text_file(o.describe), o.describe);
  if (description.is_null()) description = Json::object();
  const auto set = [&](const char* part, const char* key, Json value) {
    description[part][key] = std::move(value);
  };
  for (const std::string* option :
       {&o.preset, &o.resize, &o.channels, &o.range, &o.mean, &o.deviation})
    if (!option->empty()) description.erase("preprocessing");  // said anew
  if (!o.preset.empty()) description["input"].update(onnx_preset(o.preset));
  if (!o.size.empty()) {
    Json size = Json::array();
    for (const std::string& part : split_list(o.size, "--size"))
      size.push_back(parse_whole(part, "--size", 1, 16384));
    set("input", "size", std::move(size));
  }
  if (!o.resize.empty()) set("input", "resize", o.resize);
  if (!o.channels.empty()) set("input", "channels", o.channels);
  if (!o.range.empty()) set("input", "range", numbers(o.range, "--range"));
  if (!o.mean.empty()) set("input", "mean", numbers(o.mean, "--mean"));
  if (!o.deviation.empty()) set("input", "std", numbers(o.deviation, "--std"));
  if (!o.kind.empty()) set("output", "kind", o.kind);
  if (!o.output.empty()) set("output", "tensor", o.output);
  if (!o.names.empty()) set("output", "names", lines_of(o.names));
  if (!o.target_layer.empty()) description["target_layer"] = o.target_layer;
  check_network_description(description, "description");
  return description;
}

// How far the network's output is from what it should be, for its own input.
struct Verified {
  double error = 0, largest = 0;
  int pictures = 0;
};

// Pictures of the file's own order, (n, c, h, w) or (n, h, w, c), as the network takes them.
Tensor pictures_of(Stream& stream, const NpyArray& in, const ImportedNetwork& network,
                   const std::string& name) {
  const ActivationShape& input = network.input;
  const auto n = static_cast<std::int64_t>(in.values.size()) / input.count();
  require(n >= 1 && n * input.count() == static_cast<std::int64_t>(in.values.size()), name,
          ": wrong size (found ", in.values.size(), " values; expected pictures of ",
          input.to_string(), ")");
  if (network.channels_last || network.input.flat)
    return Tensor::from_host(stream, {n, input.h, input.w, input.c}, in.values);
  const auto places = static_cast<std::size_t>(input.h) * static_cast<std::size_t>(input.w),
             c = static_cast<std::size_t>(input.c);
  std::vector<float> x(in.values.size());
  for (std::size_t image = 0; image < static_cast<std::size_t>(n); ++image)
    for (std::size_t p = 0; p < places; ++p)
      for (std::size_t k = 0; k < c; ++k)
        x[(image * places + p) * c + k] = in.values[(image * c + k) * places + p];
  return Tensor::from_host(stream, input.batch(n), x);
}

// The largest difference and the largest wanted value. Throws Error for a value that is not finite.
std::pair<double, double> compare(const std::vector<float>& found,
                                  const std::vector<float>& wanted) {
  double error = 0, largest = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    require(std::isfinite(found[i]), "value ", i, " of the output is not finite");
    error = std::max(error, std::abs(double{found[i]} - wanted[i]));
    largest = std::max(largest, std::abs(double{wanted[i]}));
  }
  return {error, largest};
}

Verified verify(Stream& stream, const OnnxModel& file, const Json& description,
                const ImportedNetwork& network, const std::vector<std::string>& names) {
  const NpyArray expected = read_npy(names[1]);
  const Checkpoint raw =
      onnx_checkpoint(stream, file, onnx_network(file, network, description, OnnxUse::raw));
  const Tensor x = pictures_of(stream, read_npy(names[0]), network, names[0]);
  const std::vector<float> y = raw.model.output(stream, x);
  require(y.size() == expected.values.size(), names[1], ": wrong size (found ",
          expected.values.size(), " values; expected ", y.size(), ")");
  Verified out{.pictures = static_cast<int>(x.shape()[0])};
  std::tie(out.error, out.largest) = compare(y, expected.values);
  // The plan that predictions and masks run computes the same in another order.
  const NoGradient off;
  const std::vector<float> logits =
      raw.model.forward(stream, Variable(x)).value().to_host<float>(stream);
  const auto [error, largest] =
      compare(Plan(stream, raw.model).logits(x).to_host<float>(stream), logits);
  if (largest > 0) out.error = std::max(out.error, error / largest * out.largest);
  return out;
}

std::string input_text(const ImportedNetwork& network) {
  const ActivationShape& in = network.input;
  if (in.flat) return fmt::format("N x {} numbers", in.c);
  return network.channels_last ? fmt::format("N x {} x {} x {} (channels last)", in.h, in.w, in.c)
                               : fmt::format("N x {} x {} x {}", in.c, in.h, in.w);
}

std::string file_text(const OnnxModel& file, const ImportedNetwork& network) {
  return fmt::format("{}: {}{}, opset {}, {} nodes\n  input   '{}': {}\n", file.path.string(),
                     file.producer.empty() ? "unknown producer" : file.producer,
                     file.producer_version.empty() ? "" : " " + file.producer_version,
                     file.opsets.contains("") ? file.opsets.at("") : 0, file.nodes.size(),
                     network.input_name, input_text(network));
}

std::string model_text(const Model& model) {
  const int target = model.graph().target();
  return fmt::format("  layers  {}, {} parameters\n  map of  {}\n", model.graph().nodes().size(),
                     model.parameter_count(),
                     target > 0 ? model.graph().node_of(target).name() + " (" +
                                      model.graph().value(target).shape.to_string() + ")"
                                : "no layer: none has a map that every path passes");
}

int import(const Options& o) {
  require_option(o.file, "FILE", "an ONNX file");
  if (!o.verify.empty() && o.verify.size() != 2)
    throw UsageError("--verify takes two files: the network's input and its output, as .npy");
  const OnnxModel file = read_onnx(o.file);
  const Json description = described(o, file);
  ImportedNetwork network = import_onnx(file, import_options(description));
  require(network.untranslated.empty(), o.file, ": ", text_of(network.untranslated));
  Stream stream(open_device(o.device));
  std::optional<Verified> verified;
  if (!o.verify.empty()) verified = verify(stream, file, description, network, o.verify);
  const std::string kind = output_kind(network, description), output = network.output_name;
  std::string text = file_text(file, network), notes;
  for (const std::string& note : network.notes) notes += "  note    " + note + "\n";
  const Checkpoint checkpoint = onnx_checkpoint(
      stream, file, onnx_network(file, std::move(network), description, OnnxUse::structure));
  const Model& model = checkpoint.model;
  text += fmt::format("  output  '{}': {} x {}\n", output, kind, model.classes());
  text += model_text(model) + notes;
  if (!description.contains("preprocessing") &&
      !(description.contains("input") && description["input"].contains("range")))
    text += "  how pictures become its input is not known: --preset " + joined(onnx_presets()) +
            ", or --range, --mean, --std\n";
  Json result = {
      {"file", o.file}, {"kind", kind}, {"classes", model.classes()}, {"description", description}};
  if (verified) {
    text +=
        fmt::format("  verified on {} inputs: largest difference {:.3g}, largest value {:.6g}\n",
                    verified->pictures, verified->error, verified->largest);
    result["verified"] = {{"inputs", verified->pictures},
                          {"largest_difference", verified->error},
                          {"largest_value", verified->largest}};
    require(verified->error <= 1e-3 * std::max(verified->largest, 1e-6), o.file,
            ": the output differs from ", o.verify[1],
            fmt::format(
                " (found a difference of {:.3g} of values up to {:.3g}; expected 0.001 of them)",
                verified->error, verified->largest));
  }
  if (!o.out.empty()) {
    OnnxMetadata metadata = file.metadata;
    std::erase_if(metadata, [](const auto& entry) { return entry.first == kOnnxMetadataKey; });
    metadata.emplace_back(kOnnxMetadataKey, to_text(description));
    write_onnx_with_metadata(o.file, metadata, o.out);
    text += "  written " + o.out + "\n";
  }
  if (!o.json.empty()) write_json_result(o.json, to_text(result, 2));
  if (o.json != "-") print_result(text);
  return kExitDone;
}

}  // namespace
}  // namespace pellucid

int main(int argc, char** argv) {
  using namespace pellucid;
  CommandLine app("Takes a network from an ONNX file.", "pellucid-import");
  app.footer(
      "An ONNX file does not say how pictures become its input, nor what its outputs are called. "
      "What is said\n"
      "here is written into the file's own metadata, which other tools pass over; what --out "
      "writes is\n"
      "a --model for predict, evaluate, explain and compare. Nothing is guessed.\n");
  Options o;
  app.add_positional("FILE", o.file, "the ONNX file");
  app.add_text("--out", o.out, "FILE.onnx", "write the network with its description")
      .default_text("none");
  app.add_text("--preset", o.preset, "imagenet|keras-caffe|keras-tf|zero-one|bytes",
               "how pictures become its input, as is usual somewhere")
      .group("Input")
      .default_text("none");
  app.add_text("--size", o.size, "H,W", "of its pictures, where the file leaves it free")
      .group("Input")
      .default_text("the file's");
  app.add_text("--resize", o.resize, "stretch|short-side SIZE",
               "how a picture is brought to that size")
      .group("Input")
      .default_text("the preset's");
  app.add_text("--channels", o.channels, "rgb|bgr|grey", "their order")
      .group("Input")
      .default_text("the preset's");
  app.add_text("--range", o.range, "BLACK,WHITE", "what black and white become")
      .group("Input")
      .default_text("the preset's");
  app.add_text("--mean", o.mean, "X,Y,Z", "then taken from each channel")
      .group("Input")
      .default_text("the preset's");
  app.add_text("--std", o.deviation, "X,Y,Z", "by which each is then divided")
      .group("Input")
      .default_text("the preset's");
  app.add_text("--kind", o.kind, "classes|labels|binary|value|segmentation", "what the outputs are")
      .group("Output")
      .default_text("by the last layers");
  app.add_text("--output", o.output, "NAME", "which output")
      .group("Output")
      .default_text("the first");
  app.add_text("--names", o.names, "FILE", "names of the classes, a line each")
      .group("Output")
      .default_text("numbers");
  app.add_text("--target-layer", o.target_layer, "NAME", "what activation maps look at")
      .group("Output")
      .default_text("found by structure");
  app.add_text("--describe", o.describe, "FILE.json", "all of this as JSON").default_text("none");
  app.add_list("--verify", o.verify, "IN.npy OUT.npy", "compare with what another runtime gave");
  add_device(app, o.device);
  app.add_text("--json", o.json, "FILE", "write it as JSON; - for standard output")
      .default_text("none");
  return run_program(app, argc, argv, [&] { return import(o); });
}
