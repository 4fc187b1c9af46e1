// explain_inputs.h: the images that pellucid-explain is asked about.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "nn/data/dataset.h"
#include "nn/train/checkpoint.h"

namespace pellucid {

inline constexpr std::size_t kMaxIdLength = 100;  // of an image that is explained

struct ExplainInput {
  std::string id;                // names the files that are written
  std::string origin;            // file, or data set and subset
  std::string group;             // of samples that belong together (nn/data/dataset.h); or empty
  std::optional<int> truth;      // label, where it is known
  std::function<Sample()> load;  // throws Error if the image cannot be used
};

// The samples of a subset, or those of them that `ids` ("a,b") names, at most `most` (0: all).
// `dataset` must outlive them. Throws Error for an id that is not in the subset.
std::vector<ExplainInput> inputs_of_subset(const Dataset& dataset, const std::string& subset,
                                           const std::string& ids, int most);

// Image files. One of the model's size is taken as prepared; a mini-MIAS film (1024 × 1024) is
// prepared as the model's training images were, cut to the middle or, if given, around `circle`
// ("x,y,r" in pixels of the film, y downwards). Throws UsageError for two files of one name.
std::vector<ExplainInput> inputs_of_files(const std::vector<std::string>& files,
                                          const std::string& circle, const Checkpoint& checkpoint);

}  // namespace pellucid
