// explain_options.h: the options of pellucid-explain, read, checked and described.
#pragma once

#include <string>
#include <vector>

#include "apps/data_source.h"
#include "apps/policy_options.h"
#include "apps/setting_options.h"
#include "explain/explainers.h"
#include "explain/scores/explanation_scores.h"

namespace pellucid {

struct ExplainOptions {
  ExplainOptions() = default;
  ExplainOptions(const ExplainOptions&) = delete;  // settings are bound to this one's fields
  ExplainOptions& operator=(const ExplainOptions&) = delete;

  DataOptions data;
  std::vector<std::string> images;
  std::string model = "run/model.safetensors", circle, subset = "test", ids, method = "gradcam";
  std::string target = "predicted", where, score = "logit", device = "auto", out = "explanations";
  std::string json, profile, pictures = "all";
  PolicyOptions policy;
  std::uint64_t seed = 0;
  int max_images = 0;
  int frame = 0;  // of each of `images`
  bool randomize_weights = false, resume = false;

  MethodSettings of_methods;
  bool scores = false;
  ScoreSettings score_settings;
  std::vector<Setting> of_scores = score_settings.settings();
  SettingOptions settings;  // of_methods and of_scores as options
};

void add_explain_options(CommandLine& app, ExplainOptions& options);

// Sets what was given, and returns the methods of --method. Throws UsageError for a name that is unknown,
// one that comes twice, or options that do not go together.
Methods check_explain_options(ExplainOptions& options);

// Every option, for the records. chosen: what the model decided (Explainers::chosen).
Json describe_explain_options(const ExplainOptions& options, const Methods& methods,
                              const Json& chosen);

}  // namespace pellucid
