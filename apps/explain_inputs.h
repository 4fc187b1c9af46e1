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

// note: how the image was prepared, in a line; empty if it is taken as it is.
struct LoadedImage {
  Sample sample;
  std::string note;
};

struct ExplainInput {
  std::string id;            // names the files that are written
  std::string origin;        // file, or data set and subset
  std::string group;         // of samples that belong together (nn/data/dataset.h); or empty
  std::optional<int> truth;  // label, where it is known
  std::function<LoadedImage()> load;  // throws Error if the image cannot be used
};

// The samples of a subset, or those of them that `ids` ("a,b") names, at most `most` (0: all).
// `dataset` must outlive them. Throws Error for an id that is not in the subset.
std::vector<ExplainInput> inputs_of_subset(const Dataset& dataset, const std::string& subset,
                                           const std::string& ids, int most);

// Image files. One of the model's size is taken as prepared, any other is prepared as the model's
// training images were (nn/data/preparation.h): a film of mini-MIAS is cut to the middle or, if given,
// around `circle` ("x,y,r" in pixels of the file, y downwards). Throws UsageError for two files of one
// name.
std::vector<ExplainInput> inputs_of_files(const std::vector<std::string>& files,
                                          const std::string& circle, const Checkpoint& checkpoint);

}  // namespace pellucid
