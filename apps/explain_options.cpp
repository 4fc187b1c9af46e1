#include "apps/explain_options.h"

#include <fmt/format.h>

#include "apps/command_line.h"
#include "apps/explain_inputs.h"
#include "nn/data/codec/image_file.h"
#include "runtime/error.h"

namespace pellucid {

void add_explain_options(CommandLine& app, ExplainOptions& o) {
  app.add_text("--model", o.model, "FILE", "weights that pellucid-train wrote");
  app.add_list(
      "--image", o.images, "FILE",
      "image files of any size, prepared as in training; one of the model's size is taken as "
      "prepared");
  app.add_text(
      "--circle", o.circle, "X,Y,R",
      "of one --image: the lesion, in pixels, y downwards (1024 - y of Info.txt); films are "
      "cut to it");
  app.add_whole("--frame", o.frame, 0, kMaxImageFrames - 1,
                "of each --image that holds several, as DICOM may: which, from 0");
  add_data_options(app, o.data);
  app.add_text("--subset", o.subset, "train|valid|test|all", "which images of --data");
  app.add_text("--ids", o.ids, "A,B", "only these images of the subset");
  app.add_whole("--max-images", o.max_images, 0, 1000000,
                "at most so many, evenly of the classes; 0: all");
  app.add_text("--method", o.method, fmt::format("{}|all", fmt::join(names_of(all_methods()), "|")),
               "how to explain; several with commas between them");
  app.add_text(
      "--target", o.target, "predicted|true|topK|CLASS",
      "class to explain: the predicted one, the true one, each of the K most likely (as ID.top1 to "
      "ID.topK), or one by name or index; class:NAME, whatever the name");
  app.add_text("--where", o.where, "FILE",
               "of a segmenter: explain the class's logits at the places where this picture, of "
               "the network's size, is not black")
      .default_text("where the class wins");
  app.add_text("--score", o.score, "logit|probability", "what is explained of it");
  o.settings.add(app, o.of_methods.list());
  app.add_flag("--scores", o.scores,
               "score each map: deletion, insertion, ROAD, localisation, concentration, agreement")
      .group(o.of_scores.front().group);
  o.settings.add(app, o.of_scores);
  app.add_flag("--randomize-weights", o.randomize_weights,
               "sanity check: draw the weights anew from --seed first");
  app.add_seed("--seed", o.seed,
               "of masks, of the noise of segmenter and scores, and of weights drawn anew");
  add_device(app, o.device);
  add_policy(app, o.policy);
  app.add_text("--out", o.out, "DIR", "folder to write");
  app.add_text("--pictures", o.pictures, "all|none|N",
               "draw overlays of all images, of none, or of the first N; maps and records are "
               "written anyway");
  app.add_flag("--resume", o.resume,
               "leave out the images that --out has already, explained with the same options");
  app.add_text("--json", o.json, "FILE",
               "write a summary as JSON; - for standard output, in place of the text");
}

Methods check_explain_options(ExplainOptions& options) {
  const Methods methods = parse_methods(options.method);
  if (options.images.empty() == options.data.data.empty())
    throw UsageError("either --image FILE or --data is required; see --help");
  if (options.images.empty()) {
    check_data(options.data);
    if (!options.circle.empty()) throw UsageError("--circle belongs to --image");
    if (options.frame != 0) throw UsageError("--frame belongs to --image");
  } else if (!options.ids.empty()) {
    throw UsageError("--ids belongs to --data");
  }
  parse_score(options.score);
  pictured_images(options.pictures, 0);
  options.settings.apply();
  options.of_methods.check(methods);
  for (const Setting& setting : options.of_scores)
    if (setting.given && !options.scores)
      throw UsageError(concat(setting.flag(), " belongs to --scores"));
  return methods;
}

Json describe_explain_options(const ExplainOptions& options, const Methods& methods,
                              const Json& chosen) {
  Json out = options.images.empty() ? describe_options(options.data) : Json::object();
  if (options.images.empty()) out["subset"] = options.subset;
  if (!options.circle.empty()) out["circle"] = options.circle;
  if (options.frame != 0) out["frame"] = options.frame;
  if (!options.where.empty()) out["where"] = options.where;
  out.update({{"model", options.model},
              {"method", options.method},
              {"target", options.target},
              {"score", options.score},
              {"seed", options.seed},
              {"randomize_weights", options.randomize_weights},
              {"device", options.device}});
  out.update(options.of_methods.describe(methods));
  out.update(chosen);
  if (options.scores) out["scores"] = options.score_settings.describe();
  return out;
}

}  // namespace pellucid
