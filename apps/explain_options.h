// explain_options.h: the options of pellucid-explain, read, checked and described.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/data_source.h"
#include "apps/policy_options.h"
#include "explain/activation/layered_cam.h"
#include "explain/masks/rise.h"
#include "explain/scores/map_scores.h"
#include "explain/surrogate/superpixel_explainer.h"

namespace pellucid {

// An option and the methods that look at it.
struct MethodOption {
  Option option;
  std::vector<std::string> methods;
};

struct ExplainOptions {
  DataOptions data;
  std::vector<std::string> images;
  std::string model = "run/model.safetensors", circle, subset = "test", ids, method = "gradcam";
  std::string target = "predicted", score = "logit", layer, device = "auto", out = "explanations";
  std::string json, profile;
  PolicyOptions policy;
  std::uint64_t seed = 0;
  int max_images = 0;
  bool randomize_weights = false, resume = false;

  std::vector<MethodOption> of_methods;

  // Class activation maps
  std::string compat = "paper", epsilon = "auto";

  // RISE
  int rise_grid = 7;
  double rise_p = 0.5;

  // LIME, Kernel SHAP, occlusion, RISE
  std::string samples = "auto", segmenter = "quickshift", fill = "segment-mean", rng = "philox";
  std::string feature_selection = "auto", l1 = "none", link = "identity", forward = "auto";
  SegmenterOptions segmentation;
  LimeOptions lime;
  OcclusionOptions occlusion;
  int batch = 0;
  std::string until_se = "off";
  int max_samples = SuperpixelOptions().max_samples, repeat = 1;
  std::optional<Option> max_samples_option;

  // Scores
  bool scores = false, score_randomize = false;
  int score_steps = MapScoreOptions{}.steps, score_sensitivity = 0;
  std::string score_baseline = "black";
  std::vector<Option> scores_only;
};

void add_explain_options(CommandLine& app, ExplainOptions& options);

// The methods of --method, as they are named there. Throws UsageError for a name that is unknown, one
// that comes twice, or options that do not go together.
std::vector<std::string> check_explain_options(const ExplainOptions& options);

// The names of --layer; none: the layer of choice.
std::vector<std::string> cam_layers(const ExplainOptions& options);
// What --compat and --epsilon say, for those of `methods` that are class activation maps.
CamOptions cam_options(const ExplainOptions& options, const std::vector<std::string>& methods,
                       const Target& target);

// What --samples, --rise-grid and --rise-p say.
RiseOptions rise_options(const ExplainOptions& options, const Target& target);

// What --segmenter and the options below it say; reads a label image.
SuperpixelOptions superpixel_options(const ExplainOptions& options, const Target& target);

// What --score-steps and --score-baseline say.
MapScoreOptions map_score_options(const ExplainOptions& options, bool colour);

// Every option, for the records. layer: the one that was chosen, or empty.
Json describe_explain_options(const ExplainOptions& options,
                              const std::vector<std::string>& methods, const std::string& layer);

}  // namespace pellucid
