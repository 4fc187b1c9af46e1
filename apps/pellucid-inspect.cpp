// pellucid-inspect: what a file is that the programs read or write; of a model also what a layer looks for.
#include <filesystem>

#include "apps/command_line.h"
#include "apps/explain_inputs.h"
#include "apps/inspect/file_kind.h"
#include "apps/layer_picture.h"
#include "apps/version.h"
#include "nn/data/codec/image_file.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

struct Options {
  std::string file, json, layer, image, circle, out;
  bool anonymous_ids = false;
};

// The settings of the picture, as the overlays of pellucid-explain carry theirs.
PngText layer_text(const Json& facts) {
  PngText text = {{"Title", text_at(facts, "layer") + " of " + text_at(facts, "model")},
                  {"Software", "pellucid-inspect " + version()}};
  for (const auto& [key, value] : facts.items())
    text.emplace_back(key, value.dump(-1, ' ', true, Json::error_handler_t::replace));
  return text;
}

Json draw(const Options& options, const Json& model_facts) {
  if (options.out.empty()) throw UsageError("--layer needs --out, the PNG to write");
  require(model_facts["kind"] == "model", options.file, ": has no layers to draw (found ",
          model_facts["description"].get<std::string>(), "; expected a model of pellucid-train)");
  Stream stream{DeviceKind::cpu};  // of any device the same picture but for the last bits
  Checkpoint checkpoint = load_checkpoint(stream, options.file);
  checkpoint.model.set_requires_gradient(false);
  std::optional<Sample> sample;
  std::string origin;
  if (!options.image.empty()) {
    ExplainInput input =
        inputs_of_files({options.image}, options.circle, checkpoint, 0, options.anonymous_ids)
            .front();
    origin = input.origin;
    LoadedImage loaded = input.load();
    if (!loaded.note.empty()) print_note(loaded.note);
    sample = std::move(loaded.sample);
    sample->id = input.id;
  }
  LayerPicture picture =
      draw_layer(stream, checkpoint.model, options.layer, sample ? &*sample : nullptr,
                 concat("layer ", options.layer, " of ", checkpoint.model.name()));
  Json facts = {{"model", checkpoint.model.name()}, {"model_md5", model_facts["md5"]}};
  facts.update(picture.facts);
  if (sample) facts["image"] = origin;
  const Canvas& canvas = picture.canvas;
  write_png(options.out, canvas.width(), canvas.height(), 3, canvas.pixels(), layer_text(facts));
  facts["picture"] = options.out;
  return facts;
}

int inspect(const Options& options) {
  require_option(options.file, "FILE", "any file that the programs read or write");
  if (options.layer.empty())
    for (const auto& [name, value] : {std::pair{"--image", &options.image},
                                      {"--circle", &options.circle},
                                      {"--out", &options.out}})
      if (!value->empty()) throw UsageError(concat(name, " is for --layer, which is missing"));
  if (!options.circle.empty() && options.image.empty())
    throw UsageError("--circle is for --image, which is missing");
  if (options.anonymous_ids && options.image.empty())
    throw UsageError("--anonymous-ids is for --image, which is missing");
  Json facts = inspect_file(options.file);
  const bool drawn = !options.layer.empty();
  if (drawn) facts["layer_picture"] = draw(options, facts);
  if (!options.json.empty()) write_json_result(options.json, to_text(facts, 2));
  if (options.json != "-") print_result(inspection_text(drawn ? facts["layer_picture"] : facts));
  return kExitDone;
}

}  // namespace
}  // namespace pellucid

int main(int argc, char** argv) {
  using namespace pellucid;
  CommandLine app("Says what a file is: a model, data, an image, a map, a record.",
                  "pellucid-inspect");
  app.footer(
      "Of a model: classes, layers, weights, how pictures are prepared and how it was trained. "
      "With --layer\n"
      "the layer's filters and, with --image, its feature maps of that image are drawn into one "
      "PNG.\n");
  Options options;
  app.add_positional("FILE", options.file, "any file that the programs read or write");
  app.add_text("--json", options.json, "FILE",
               "write it as JSON, whole lists too; - for standard output, in place of the text");
  app.add_text("--layer", options.layer, "NAME", "of a model: draw this layer")
      .default_text("none");
  app.add_text("--image", options.image, "FILE",
               "draw what the layer makes of it, prepared as in training")
      .default_text("none: filters alone");
  app.add_text("--circle", options.circle, "X,Y,R",
               "around the lesion of the image, in its pixels, for a model of films")
      .default_text("none");
  app.add_flag("--anonymous-ids", options.anonymous_ids,
               "of the image an id from what it shows: its name stays out of the picture");
  app.add_text("--out", options.out, "FILE.png", "where the layer is drawn").default_text("none");
  return run_program(app, argc, argv, [&] { return inspect(options); });
}
