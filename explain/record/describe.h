// describe.h: an explanation as the record of its image (image_record.h) and the captions of its picture tell it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "explain/explainer.h"
#include "explain/picture/picture.h"
#include "explain/scores/explanation_scores.h"
#include "nn/data/codec/image_file.h"
#include "nn/train/seen_images.h"

namespace pellucid {

// What is the same for all images of a run.
struct ExplainRun {
  Json program;   // its name, version, device and policy
  Json settings;  // every option, and hashes of what they name
  Methods methods;
  std::string model_name;
  std::string weights_note;  // "weights drawn anew, seed 3", or empty
  ExplainTask task;
  std::vector<std::string> class_names;
  std::filesystem::path folder;
  SeenImages seen = {};  // by the model
};

// What is known of an image before it is explained.
struct RecordedInput {
  std::string id;            // names the files that are written
  std::string origin;        // file, or data set and subset
  std::string group;         // of samples that belong together (nn/data/dataset.h); or empty
  std::optional<int> truth;  // label, where it is known
  // Of the file's bytes; of a data set content_hash (nn/data/dataset.h) of the sample, as it is prepared.
  std::string md5;
  bool pictured = true;  // whether overlays are drawn of it
  int rank = 0;          // of ranked targets: which, 0 the most likely
};

// Every option as it was for this image: of ranked targets "target" is "topR", which of them this is, so that as a part of
// another K it is the same.
Json settings_of(const ExplainRun& run, const RecordedInput& input);

// The record but for "explanations".
Json describe_image(const ExplainRun& run, const RecordedInput& input, const Sample& sample,
                    const Prediction& prediction);

// An element of "explanations". scores: of the explanation (ImageScores), or null.
Json describe_explanation(const ExplainRun& run, const RecordedInput& input, const Sample& sample,
                          const Explanation& e, const Json& scores);

// The picture and the map beside each other, with captions. explanation: describe_explanation's.
Canvas draw_explanation(const ExplainRun& run, const RecordedInput& input, const Sample& sample,
                        const Explanation& e, const Json& explanation);

// Every setting as a chunk of the picture's file, and what the explanation's came to as METHOD.KEY; JSON in
// ASCII, since tEXt knows no UTF-8.
PngText text_chunks(const ExplainRun& run, const RecordedInput& input, const Explanation& e,
                    const Json& explanation);

}  // namespace pellucid
