// pellucid-export: writes a model as an ONNX file, for other runtimes and for these programs alike.
#include <fmt/format.h>

#include "apps/command_line.h"
#include "nn/train/onnx_checkpoint.h"

namespace pellucid {
namespace {

struct Options {
  std::string model, out;
};

std::string extents_text(const OnnxValueInfo& value) {
  std::string text;
  for (const OnnxDimension& dimension : value.shape)
    text += (text.empty() ? "" : " x ") +
            (dimension.extent < 0 ? dimension.symbol : std::to_string(dimension.extent));
  return text;
}

int export_model(const Options& o) {
  require_option(o.model, "--model", "a model");
  require_option(o.out, "--out", "the ONNX file to write");
  Stream stream{DeviceKind::cpu};
  const OnnxModel onnx = onnx_of(stream, o.model);
  write_onnx(onnx, o.out);
  const OnnxValueInfo &input = onnx.inputs.front(), &output = onnx.outputs.front();
  std::string text =
      fmt::format("{}: opset {}, {} nodes\n", o.out, onnx.opsets.at(""), onnx.nodes.size());
  text += fmt::format("  input   '{}': {}\n", input.name, extents_text(input));
  text += fmt::format("  output  '{}': {}\n", output.name, extents_text(output));
  const bool described = !onnx.metadata.empty();
  text += described ? fmt::format(
                          "  how pictures become its input, and what its outputs are, is in its "
                          "metadata \"{}\"\n",
                          kOnnxMetadataKey)
                    : "  how pictures become its input is not known: pellucid import says it\n";
  print_result(text);
  return kExitDone;
}

}  // namespace
}  // namespace pellucid

int main(int argc, char** argv) {
  using namespace pellucid;
  CommandLine app("Writes a model as an ONNX file.", "pellucid-export");
  app.footer(
      "The file has opset 17, or the first that has all of the model's operators. Its input is N x "
      "C x H x W "
      "(of a\n"
      "model of pellucid-train from 0, black, to 1, white), N is free. Labels leave it as "
      "sigmoids. How pictures "
      "become\n"
      "the input and what the outputs are called is in its metadata, which other tools pass over, "
      "so that it "
      "is a\n"
      "--model again, with the same results.\n");
  Options o;
  app.add_text("--model", o.model, "FILE",
               "of pellucid-train (safetensors), or of pellucid-import");
  app.add_text("--out", o.out, "FILE.onnx", "where to write it");
  return run_program(app, argc, argv, [&] { return export_model(o); });
}
