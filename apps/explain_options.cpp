#include "apps/explain_options.h"

#include <algorithm>

#include "apps/command_line.h"
#include "apps/explain_scores.h"
#include "explain/scores/stability.h"
#include "runtime/error.h"
#include "runtime/formats/nearest.h"

namespace pellucid {
namespace {

const std::vector<std::string> kSuperpixelMethods = {"lime", "kernelshap", "occlusion"};
const std::vector<std::string> kSurrogates = {"lime", "kernelshap"};
const std::vector<std::string> kSampling = {"lime", "kernelshap", "rise"};
constexpr const char* kRise = "rise";
constexpr int kMostSamples = 1 << 20;
const std::vector<std::string> kSegmenters = {"quickshift", "slic", "grid"};

bool is_segmenter(const std::string& name) {
  return std::find(kSegmenters.begin(), kSegmenters.end(), name) != kSegmenters.end();
}

std::vector<std::string> cam_names() {
  std::vector<std::string> names;
  for (const CamMethod method : cam_methods()) names.emplace_back(to_string(method));
  return names;
}

std::vector<std::string> known_methods() {
  std::vector<std::string> known = cam_names();
  known.insert(known.end(), kSuperpixelMethods.begin(), kSuperpixelMethods.end());
  known.emplace_back(kRise);
  return known;
}

std::vector<std::string> parse_methods(const std::string& text) {
  const std::vector<std::string> known = known_methods();
  if (text == "all") return known;
  std::vector<std::string> methods = split_list(text, "--method");
  for (std::size_t i = 0; i < methods.size(); ++i) {
    const std::string& method = methods[i];
    if (std::find(known.begin(), known.end(), method) == known.end())
      throw UsageError(concat("unknown method '", method, "'", did_you_mean(method, known),
                              " (known: ", joined(known), ", all)"));
    if (std::find(methods.begin(), methods.begin() + static_cast<std::ptrdiff_t>(i), method) !=
        methods.begin() + static_cast<std::ptrdiff_t>(i))
      throw UsageError(concat("--method names ", method, " twice"));
  }
  return methods;
}

bool uses(const std::vector<std::string>& methods, const std::vector<std::string>& any_of) {
  return std::any_of(methods.begin(), methods.end(), [&](const std::string& method) {
    return std::find(any_of.begin(), any_of.end(), method) != any_of.end();
  });
}

void check_belongs(const MethodOption& of, const std::vector<std::string>& methods) {
  if (of.option.given() && !uses(methods, of.methods))
    throw UsageError(concat(of.option.name(), " belongs to --method ", joined(of.methods)));
}

SamplingRng parse_rng(const std::string& name) {
  if (name == "philox") return SamplingRng::philox;
  if (name == "numpy") return SamplingRng::numpy;
  throw UsageError(concat("unknown --rng '", name, "' (known: philox, numpy)"));
}

int parse_samples(const std::string& text) {
  return text == "auto" ? 0 : parse_whole(text, "--samples", 1, kMostSamples);
}

// Takes options of one group of the help for the methods that look at them.
auto adder(ExplainOptions& o, const char* group, std::vector<std::string> methods) {
  return [&o, group, methods = std::move(methods)](Option option) {
    o.of_methods.push_back({option.group(group), methods});
    return option;
  };
}

void add_cam_options(CommandLine& app, ExplainOptions& o) {
  constexpr const char* group = "Class activation maps";
  const auto add = adder(o, group, cam_names());
  add(app.add_text(
          "--layer", o.layer, "NAME,NAME",
          "layer whose feature map is used; of several, the mean of their maps, each stretched"))
      .default_text("the last convolution, after its ReLU");
  add(app.add_text("--compat", o.compat, "paper|pgc|torch-cam|omnixai|xplique|tf-keras-vis",
                   "Grad-CAM++, XGrad-CAM and Score-CAM as in the papers or as in a library"));
  adder(o, group, {"gradcam++", "xgradcam"})(
      app.add_text("--epsilon", o.epsilon, "auto|X",
                   "Grad-CAM++ and XGrad-CAM: added to the denominator; auto: as --compat has it"));
}

void add_superpixel_options(CommandLine& app, ExplainOptions& o) {
  const auto add = adder(o, "LIME, Kernel SHAP and occlusion", kSuperpixelMethods);
  add(app.add_text("--fill", o.fill, "segment-mean|image-mean|LEVEL|blur(S)",
                   "what a superpixel shows that is off; LEVEL from 0 (black) to 1"));
  add(app.add_whole("--batch", o.batch, 0, 1 << 20,
                    "masks at a time; changes no result; 0: as suits the caches"));
  add(app.add_text(
      "--forward", o.forward, "auto|direct|shared",
      "masks one by one, or what looks alike to an output of the first convolutions once; "
      "auto: the faster"));
}

void add_surrogate_options(CommandLine& app, ExplainOptions& o) {
  constexpr const char* group = "LIME and Kernel SHAP";
  const auto add = adder(o, group, kSurrogates), lime = adder(o, group, {"lime"}),
             shap = adder(o, group, {"kernelshap"});
  add(app.add_text("--segmenter", o.segmenter, "quickshift|slic|grid|FILE",
                   "how the image is cut into superpixels, or a label image (PNG, NPY)"));
  add(app.add_real("--kernel-size", o.segmentation.kernel_size, 1, 100,
                   "quickshift: width of the density's kernel, pixels"));
  add(app.add_real("--max-dist", o.segmentation.max_dist, 0, 1e6,
                   "quickshift: longest link, pixels"));
  add(app.add_real("--ratio", o.segmentation.ratio, 0, 1,
                   "quickshift: weight of brightness against place"));
  add(app.add_whole("--segments", o.segmentation.n_segments, 1, kMaxSegments,
                    "slic: about so many"));
  add(app.add_real("--compactness", o.segmentation.compactness, 0, 1e6,
                   "slic: weight of place against brightness; 0: 0.1"));
  add(app.add_real("--sigma", o.segmentation.sigma, 0, 100, "slic: smoothing before, pixels"));
  add(app.add_whole("--grid", o.segmentation.grid, 1, 32, "grid: so many rows and columns"));
  add(app.add_text("--until-se", o.until_se, "off|X",
                   "add masks until the largest standard error is at most X times the largest "
                   "attribution"));
  o.max_samples_option = add(app.add_whole("--max-samples", o.max_samples, 1, kMostSamples,
                                           "--until-se: no masks are added beyond so many"));
  add(app.add_whole(
      "--repeat", o.repeat, 1, 1000,
      "explain with so many seeds from --seed on; the first is shown, the spread told"));
  add(app.add_text("--rng", o.rng, "philox|numpy",
                   "where masks come from; numpy replays lime's and shap's own draws"));
  lime(app.add_real("--kernel-width", o.lime.kernel_width, 1e-3, 1e3,
                    "LIME: width of the locality kernel"));
  lime(app.add_real("--alpha", o.lime.alpha, 0, 1e9, "LIME: strength of the ridge"));
  lime(app.add_whole("--num-features", o.lime.num_features, 0, kMaxFeatures,
                     "LIME: superpixels in the surrogate; 0: all"));
  lime(app.add_text("--feature-selection", o.feature_selection,
                    "auto|none|forward_selection|highest_weights|lasso_path",
                    "LIME: how they are chosen"));
  shap(app.add_text("--l1", o.l1, "none|num_features(K)|aic|bic",
                    "Kernel SHAP: a first fit that chooses superpixels"));
  shap(app.add_text("--link", o.link, "identity|logit",
                    "Kernel SHAP: what is added up; logit needs --score probability"));
}

void add_occlusion_options(CommandLine& app, ExplainOptions& o) {
  const auto add = adder(o, "Occlusion", {"occlusion"});
  add(app.add_whole("--window", o.occlusion.window, 0, 1 << 16,
                    "side of the windows, pixels; 0: four strides"));
  add(app.add_whole("--stride", o.occlusion.stride, 0, 1 << 16,
                    "from window to window, pixels; 0: a fourth of --window, or a 28th of the "
                    "picture"));
}

void add_score_options(CommandLine& app, ExplainOptions& o) {
  const auto add = [&](Option option) {
    o.scores_only.push_back(option.group("How good a map is"));
  };
  app.add_flag("--scores", o.scores,
               "score each map: deletion, insertion, ROAD, localisation, concentration, agreement")
      .group("How good a map is");
  add(app.add_whole("--score-steps", o.score_steps, 1, kMaxFeatures,
                    "deletion and insertion: in so many steps"));
  add(app.add_text("--score-baseline", o.score_baseline, "black|image-mean|LEVEL|blur(S)",
                   "what a pixel shows that is deleted, or not yet inserted"));
  add(app.add_whole(
      "--score-sensitivity", o.score_sensitivity, 0, 1000,
      "sensitivity-max: explain so many slightly noisy copies of the image too; 0: none"));
  add(app.add_flag("--score-randomize", o.score_randomize,
                   "sanity check: explain again with the weights drawn anew, layer by layer"));
}

void add_sampling_options(CommandLine& app, ExplainOptions& o) {
  adder(o, "LIME, Kernel SHAP and RISE", kSampling)(app.add_text(
      "--samples", o.samples, "auto|N",
      "masks; auto: 1000 for LIME, 2 M + 2048 for Kernel SHAP with M superpixels, 4000 for "
      "RISE"));
  const auto add = adder(o, "RISE", {kRise});
  add(app.add_whole("--rise-grid", o.rise_grid, 1, kRiseGrid, "cells a side of a mask"));
  add(app.add_real("--rise-p", o.rise_p, 0.001, 1, "probability that a cell is shown"));
}

}  // namespace

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
  add_data_options(app, o.data);
  app.add_text("--subset", o.subset, "train|valid|test|all", "which images of --data");
  app.add_text("--ids", o.ids, "A,B", "only these images of the subset");
  app.add_whole("--max-images", o.max_images, 0, 1000000, "at most so many; 0: all");
  app.add_text("--method", o.method,
               "gradcam|gradcam++|hirescam|xgradcam|layercam|ablationcam|eigencam|scorecam|lime|"
               "kernelshap|occlusion|rise|all",
               "how to explain; several with commas between them");
  app.add_text("--target", o.target, "predicted|true|CLASS",
               "class to explain: the predicted one, the true one, or one by name or index");
  app.add_text("--score", o.score, "logit|probability", "what is explained of it");
  add_cam_options(app, o);
  add_superpixel_options(app, o);
  add_surrogate_options(app, o);
  add_occlusion_options(app, o);
  add_sampling_options(app, o);
  add_score_options(app, o);
  app.add_flag("--randomize-weights", o.randomize_weights,
               "sanity check: draw the weights anew from --seed first");
  app.add_seed("--seed", o.seed,
               "of masks, of the noise of segmenter and scores, and of weights drawn anew");
  add_device(app, o.device);
  add_policy(app, o.policy);
  app.add_text("--out", o.out, "DIR", "folder to write");
  app.add_flag("--resume", o.resume,
               "leave out the images that --out has already, explained with the same options");
  app.add_text("--json", o.json, "FILE",
               "write a summary as JSON; - for standard output, in place of the text");
}

std::vector<std::string> check_explain_options(const ExplainOptions& options) {
  const std::vector<std::string> methods = parse_methods(options.method);
  if (options.images.empty() == options.data.data.empty())
    throw UsageError("either --image FILE or --data is required; see --help");
  if (options.images.empty()) {
    check_data(options.data);
    if (!options.circle.empty()) throw UsageError("--circle belongs to --image");
  } else if (!options.ids.empty()) {
    throw UsageError("--ids belongs to --data");
  }
  parse_score(options.score);
  for (const MethodOption& option : options.of_methods) check_belongs(option, methods);
  if (options.until_se == "off" && options.max_samples_option->given())
    throw UsageError("--max-samples belongs to --until-se");
  cam_options(options, methods, {});  // throws for what it cannot read
  if (!options.scores)
    for (const Option& option : options.scores_only)
      if (option.given()) throw UsageError(concat(option.name(), " belongs to --scores"));
  map_score_options(options, false);
  return methods;
}

CamOptions cam_options(const ExplainOptions& options, const std::vector<std::string>& methods,
                       const Target& target) {
  CamOptions out;
  out.methods.clear();
  for (const std::string& method : methods)
    if (const auto cam = parse_cam_method(method)) out.methods.push_back(*cam);
  out.target = target;
  out.score = parse_score(options.score);
  out.compat = parse_cam_compat(options.compat);
  if (options.epsilon != "auto")
    out.compat.plus_plus_epsilon = out.compat.xgradcam_epsilon =
        static_cast<float>(parse_real(options.epsilon, "--epsilon", 0, 1));
  return out;
}

std::vector<std::string> cam_layers(const ExplainOptions& options) {
  return options.layer.empty() ? std::vector<std::string>{} : split_list(options.layer, "--layer");
}

RiseOptions rise_options(const ExplainOptions& options, const Target& target) {
  RiseOptions out;
  out.target = target;
  out.score = parse_score(options.score);
  if (const int samples = parse_samples(options.samples); samples > 0) out.samples = samples;
  out.grid = options.rise_grid;
  out.probability = static_cast<float>(options.rise_p);
  out.seed = options.seed;
  return out;
}

SuperpixelOptions superpixel_options(const ExplainOptions& options, const Target& target) {
  SuperpixelOptions out;
  out.target = target;
  out.score = parse_score(options.score);
  out.segmenter = options.segmentation;
  if (is_segmenter(options.segmenter)) {
    out.segmenter.name = options.segmenter;
  } else {
    std::error_code none;
    if (!std::filesystem::exists(options.segmenter, none))
      throw UsageError(concat("unknown segmenter '", options.segmenter, "'",
                              did_you_mean(options.segmenter, kSegmenters),
                              " (known: ", joined(kSegmenters), ", or a label image)"));
    out.segments = read_segments(options.segmenter);
  }
  out.fill = parse_fill(options.fill);
  out.samples = parse_samples(options.samples);
  if (options.until_se != "off")
    out.until_se = parse_real(options.until_se, "--until-se", 1e-6, 1e6);
  out.max_samples = options.max_samples;
  out.repeat = options.repeat;
  out.rng = parse_rng(options.rng);
  out.seed = options.seed;
  out.batch = options.batch;
  out.forward = parse_forward(options.forward);
  out.lime = options.lime;
  out.lime.selection = parse_selection(options.feature_selection);
  out.occlusion = options.occlusion;
  out.shap = {parse_link(options.link), parse_l1(options.l1)};
  check_superpixel_options(out);
  return out;
}

MapScoreOptions map_score_options(const ExplainOptions& options, bool colour) {
  MapScoreOptions out;
  out.steps = options.score_steps;
  try {
    if (options.score_baseline != "black") out.baseline = parse_fill(options.score_baseline);
    check_baseline(out.baseline);
  } catch (const UsageError&) {
    throw UsageError(concat("unknown --score-baseline '", options.score_baseline,
                            "' (known: black, image-mean, a grey level from 0 to 1, blur(S) with "
                            "S above 0 and at most 100 pixels)"));
  }
  out.score = parse_score(options.score);
  out.colour = colour;
  out.seed = options.seed;
  return out;
}

Json describe_explain_options(const ExplainOptions& options,
                              const std::vector<std::string>& methods, const std::string& layer) {
  Json out = options.images.empty() ? describe_options(options.data) : Json::object();
  if (options.images.empty()) out["subset"] = options.subset;
  if (!options.circle.empty()) out["circle"] = options.circle;
  out.update({{"model", options.model},
              {"method", options.method},
              {"target", options.target},
              {"score", options.score},
              {"seed", options.seed},
              {"randomize_weights", options.randomize_weights},
              {"device", options.device}});
  if (uses(methods, cam_names()))
    out.update({{"layer", layer}, {"compat", options.compat}, {"epsilon", options.epsilon}});
  if (uses(methods, kSuperpixelMethods))
    out.update({{"segmenter", options.segmenter},
                {"kernel_size", options.segmentation.kernel_size},
                {"max_dist", options.segmentation.max_dist},
                {"ratio", options.segmentation.ratio},
                {"segments", options.segmentation.n_segments},
                {"compactness", options.segmentation.compactness},
                {"sigma", options.segmentation.sigma},
                {"grid", options.segmentation.grid},
                {"fill", options.fill},
                {"until_se", options.until_se},
                {"max_samples", options.max_samples},
                {"repeat", options.repeat},
                {"rng", options.rng},
                {"batch", options.batch},
                {"forward", options.forward},
                {"kernel_width", options.lime.kernel_width},
                {"alpha", options.lime.alpha},
                {"num_features", options.lime.num_features},
                {"feature_selection", options.feature_selection},
                {"l1", options.l1},
                {"link", options.link},
                {"window", options.occlusion.window},
                {"stride", options.occlusion.stride}});
  if (uses(methods, kSampling)) out["samples"] = options.samples;
  if (uses(methods, {kRise}))
    out.update({{"rise_grid", options.rise_grid}, {"rise_p", options.rise_p}});
  if (options.scores)
    out["scores"] = {{"steps", options.score_steps},
                     {"baseline", options.score_baseline},
                     {"road_percentages", kRoadPercentages},
                     {"road_noise", kRoadNoise},
                     {"top_share", kTopShare},
                     {"sensitivity_samples", options.score_sensitivity},
                     {"sensitivity_radius", kSensitivityRadius},
                     {"randomize", options.score_randomize}};
  return out;
}

}  // namespace pellucid
