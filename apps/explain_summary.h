// explain_summary.h: what came of a run of pellucid-explain.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "explain/record/record_folder.h"

namespace pellucid {

// Methods of an image that failed for one reason; none: nothing of the image could be explained.
struct ExplainFailure {
  std::string id, origin, message;
  std::vector<std::string> methods = {};
};

struct ExplainOutcome {
  std::vector<ImageRecord>
      images;  // that were explained, with those of the run's methods that worked
  std::vector<ExplainFailure> failures;

  std::size_t failed_images() const;  // without any explanation
};

// A line a failure in FOLDER/failures.jsonl; without failures, one of an earlier run is removed.
void write_failures(const std::filesystem::path& folder,
                    const std::vector<ExplainFailure>& failures);

// A line an image and method, with its picture, or where none was drawn its map, then for each method how often the peak lies in the lesion (the
// pointing game, over the images whose lesion is known), then counts and time.
std::string summary_text(const ExplainRun& run, const RecordFolder& folder,
                         const ExplainOutcome& outcome);
Json summary_json(const ExplainRun& run, const RecordFolder& folder, const ExplainOutcome& outcome);

}  // namespace pellucid
