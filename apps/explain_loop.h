// explain_loop.h: the images of a run of pellucid-explain, one after the other.
#pragma once

#include <vector>

#include "apps/explain_inputs.h"
#include "apps/explain_summary.h"
#include "apps/interruption.h"
#include "explain/explainers.h"
#include "explain/record/record_folder.h"
#include "explain/scores/explanation_scores.h"

namespace pellucid {

// Explains each input and writes its files, which are durable after sync_files() (runtime/file.h). One that fails
// is told, and does not stop the others; that of a run with one input is thrown. scorer: null without --scores.
// Ends early, between pictures, if that is wished.
ExplainOutcome explain_all(Stream& stream, Explainers& explainers, ExplanationScorer* scorer,
                           const RecordFolder& folder, std::vector<ExplainInput>& inputs,
                           bool resume, const Interruption& interruption);

}  // namespace pellucid
