// explain_summary.h: what came of a run of pellucid-explain.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "apps/failures.h"
#include "explain/record/record_folder.h"

namespace pellucid {

struct ExplainOutcome {
  std::vector<ImageRecord>
      images;  // that were explained, with those of the run's methods that worked
  std::vector<InputFailure> failures;

  std::size_t failed_images() const;  // without any explanation
};

// A line an image and method, with its picture, or where none was drawn its map, then for each method how often the peak lies in the lesion (the
// pointing game, over the images whose lesion is known), then counts and time.
std::string summary_text(const ExplainRun& run, const RecordFolder& folder,
                         const ExplainOutcome& outcome);
Json summary_json(const ExplainRun& run, const RecordFolder& folder, const ExplainOutcome& outcome);

}  // namespace pellucid
