// pellucid-explain: where a network looked: a map, a picture and the figures for each image.
#include <fmt/format.h>

#include <filesystem>

#include "apps/command_line.h"
#include "apps/data_source.h"
#include "apps/explain_inputs.h"
#include "apps/explain_output.h"
#include "apps/explain_summary.h"
#include "apps/progress.h"
#include "apps/provenance.h"
#include "explain/cam.h"
#include "nn/checkpoint.h"
#include "nn/image_set.h"
#include "nn/nearest.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

struct Options {
  DataOptions data;
  std::vector<std::string> images;
  std::string model = "run/model.safetensors", circle, subset = "test", ids, method = "gradcam";
  std::string target = "predicted", score = "logit", layer, device = "auto", out = "explanations";
  std::string json;
  std::uint64_t seed = 0;
  int max_images = 0;
  bool randomize_weights = false;
};

void check(const Options& options) {
  for (const std::string& method : split_list(options.method, "--method"))
    if (method != "gradcam")
      throw UsageError(concat("unknown method '", method, "'",
                              did_you_mean(method, std::vector<std::string>{"gradcam"}),
                              " (known: gradcam)"));
  if (options.images.empty() == options.data.data.empty())
    throw UsageError("either --image FILE or --data is required; see --help");
  if (options.images.empty()) {
    kind_of(options.data);
    if (!options.circle.empty()) throw UsageError("--circle belongs to --image");
  } else if (!options.ids.empty()) {
    throw UsageError("--ids belongs to --data");
  }
  parse_score(options.score);
}

Json describe_settings(const Options& options, const std::string& layer) {
  Json out = options.images.empty() ? describe_options(options.data) : Json::object();
  if (options.images.empty()) out["subset"] = options.subset;
  if (!options.circle.empty()) out["circle"] = options.circle;
  out.update({{"model", options.model},
              {"method", options.method},
              {"target", options.target},
              {"score", options.score},
              {"layer", layer},
              {"seed", options.seed},
              {"randomize_weights", options.randomize_weights},
              {"device", options.device}});
  return out;
}

ExplainedImage explain_one(Stream& stream, const Model& model, GradCam& cam, const ExplainRun& run,
                           const ExplainInput& input) {
  const Sample sample = input.load();
  const ActivationShape& shape = model.input();
  const ImageSet image(stream, {&sample, 1}, shape.h, shape.w, shape.c, model.classes());
  const Tensor x =
      image.batch(stream, Tensor::from_host(stream, {1}, std::vector<std::int32_t>{0}));
  const std::vector<int> truth = input.truth ? std::vector<int>{*input.truth} : std::vector<int>{};
  const GradCamMap map = cam.explain(x, truth).front();
  return write_explanation(run, input, sample, map, cam.cost());
}

ExplainOutcome explain_all(Stream& stream, const Model& model, GradCam& cam, const ExplainRun& run,
                           const std::vector<ExplainInput>& inputs) {
  ExplainOutcome outcome;
  Progress progress("explaining", inputs.size());
  for (const ExplainInput& input : inputs) {
    try {
      outcome.images.push_back(explain_one(stream, model, cam, run, input));
    } catch (const Error& error) {
      // A single input that fails is the run's failure; there is nothing else to go on with.
      if (inputs.size() == 1) throw;
      progress.clear();
      print_note(concat("failed: ", input.id, ": ", error.what()));
      outcome.failures.push_back({input.id, input.origin, error.what()});
    }
    progress.advance();
  }
  require(!outcome.images.empty(), "all ", inputs.size(), " images failed; the first: ",
          outcome.failures.empty() ? "" : outcome.failures.front().message);
  return outcome;
}

int explain(const Options& options) {
  check(options);
  const DeviceKind device = open_device(options.device);
  Stream stream(device);
  Checkpoint checkpoint = load_checkpoint(stream, options.model);
  Model& model = checkpoint.model;
  if (options.randomize_weights) model.initialise(stream, options.seed);
  model.set_requires_gradient(false);

  std::vector<std::string> class_names = model.class_names();
  for (int c = static_cast<int>(class_names.size()); c < model.classes(); ++c)
    class_names.push_back(concat("class", c));
  GradCamOptions cam_options;
  cam_options.layer = options.layer;
  cam_options.target = parse_target(options.target, class_names);
  cam_options.score = parse_score(options.score);
  GradCam cam(stream, model, cam_options);

  Dataset dataset;
  std::vector<ExplainInput> inputs;
  if (options.images.empty()) {
    dataset = open_data(options.data, model.input());
    check_fit(checkpoint, dataset);
    inputs = inputs_of_subset(dataset, options.subset, options.ids, options.max_images);
  } else {
    inputs = inputs_of_files(options.images, options.circle, checkpoint);
  }

  ExplainRun run;
  run.program = describe_program("pellucid-explain", device);
  run.settings = describe_settings(options, cam.layer());
  run.model_name = model.name();
  run.layer = cam.layer();
  if (options.randomize_weights)
    run.weights_note = concat("weights drawn anew, seed ", options.seed);
  run.target = cam_options.target;
  run.score = cam_options.score;
  run.class_names = class_names;
  run.folder = options.out;

  const ExplainOutcome outcome = explain_all(stream, model, cam, run, inputs);
  write_failures(run.folder, outcome.failures);
  if (!options.json.empty())
    write_json_result(options.json, to_text(summary_json(run, outcome), 2));
  if (options.json != "-") print_result(summary_text(run, outcome));
  return outcome.failures.empty() ? kExitDone : kExitSomeFailed;
}

}  // namespace
}  // namespace pellucid

int main(int argc, char** argv) {
  using namespace pellucid;
  CLI::App app("Shows where a network looked.", "pellucid-explain");
  app.footer(
      "Writes for each image ID.gradcam.png (image and map side by side), ID.gradcam.npy (the "
      "map,\n"
      "fp32, at the input's size) and ID.json (prediction, every setting, cost). Inputs that fail\n"
      "are lines of failures.jsonl, and the exit code is 3.\n");
  Options options;
  add_text(app, "--model", options.model, "FILE", "weights that pellucid-train wrote");
  app.add_option("--image", options.images, "image files: of the model's size, or mini-MIAS films")
      ->type_name("FILE")
      ->expected(1, CLI::detail::expected_max_vector_size);
  add_text(app, "--circle", options.circle, "X,Y,R",
           "of one --image: the lesion, in pixels, y downwards (1024 - y of Info.txt); films are "
           "cut to it");
  add_data_options(app, options.data);
  add_text(app, "--subset", options.subset, "train|valid|test|all", "which images of --data");
  add_text(app, "--ids", options.ids, "A,B", "only these images of the subset");
  add_whole(app, "--max-images", options.max_images, 0, 1000000, "at most so many; 0: all");
  add_text(app, "--method", options.method, "gradcam", "how to explain");
  add_text(app, "--target", options.target, "predicted|true|CLASS",
           "class to explain: the predicted one, the true one, or one by name or index");
  add_text(app, "--score", options.score, "logit|probability", "what is differentiated");
  add_text(app, "--layer", options.layer, "NAME", "layer whose feature map is used")
      ->default_str("the last convolution, after its ReLU");
  app.add_flag("--randomize-weights", options.randomize_weights,
               "sanity check: draw the weights anew from --seed first");
  add_seed(app, "--seed", options.seed, "of --randomize-weights");
  add_device(app, options.device);
  add_text(app, "--out", options.out, "DIR", "folder to write");
  add_text(app, "--json", options.json, "FILE",
           "write a summary as JSON; - for standard output, in place of the text");
  return run_program(app, argc, argv, [&] { return explain(options); });
}
