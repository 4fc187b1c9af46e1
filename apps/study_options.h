// study_options.h: the options of pellucid-study, and the networks that they ask for.
#pragma once

#include <string>
#include <vector>

#include "apps/data_source.h"
#include "apps/study_network.h"

namespace pellucid {

struct StudyOptions {
  DataOptions data;
  std::string preset, plan, model, seeds, method, budget, out = "study", device = "auto", json;
  std::vector<std::string> training, explaining;  // "epochs=10"
  int images = -1;                                // not said
  bool dry_run = false;
};

void add_study_options(CommandLine& app, StudyOptions& options);

// Of --preset, of --plan, or of --data alone, with what the other options change of them; files by absolute names,
// for the parts run elsewhere. Throws UsageError for options that do not go together or are none.
std::vector<StudyNetwork> study_networks(const StudyOptions& options);

}  // namespace pellucid
