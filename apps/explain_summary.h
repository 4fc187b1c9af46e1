// explain_summary.h: what came of a run of pellucid-explain.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "explain/record/record_folder.h"

namespace pellucid {

struct ExplainFailure {
  std::string id, origin, message;
};

struct ExplainOutcome {
  std::vector<ImageRecord> images;  // that were explained, with the run's methods
  std::vector<ExplainFailure> failures;
};

// A line a failure in FOLDER/failures.jsonl; without failures, one of an earlier run is removed.
void write_failures(const std::filesystem::path& folder,
                    const std::vector<ExplainFailure>& failures);

// A line an image and method, then for each method how often the peak lies in the lesion (the
// pointing game, over the images whose lesion is known), then counts and time.
std::string summary_text(const ExplainRun& run, const RecordFolder& folder,
                         const ExplainOutcome& outcome);
Json summary_json(const ExplainRun& run, const RecordFolder& folder, const ExplainOutcome& outcome);

}  // namespace pellucid
