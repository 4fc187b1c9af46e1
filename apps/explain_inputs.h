// explain_inputs.h: the images that pellucid-explain is asked about.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "explain/record/describe.h"
#include "nn/data/dataset.h"
#include "nn/train/checkpoint.h"

namespace pellucid {

// note: how the image was prepared, in a line; empty if it is taken as it is.
struct LoadedImage {
  Sample sample;
  std::string note;
};

struct ExplainInput : RecordedInput {
  std::filesystem::path file;         // where it is one: `md5` is that of its bytes
  std::function<LoadedImage()> load;  // throws Error if the image cannot be used

  // Sets md5. Throws Error if the file cannot be read.
  void hash();
};

// How many of `images` --pictures ("all", "none" or a number) asks to draw: the first ones. Throws UsageError.
std::size_t pictured_images(const std::string& pictures, std::size_t images);
void set_pictured(std::vector<ExplainInput>& inputs, const std::string& pictures);

// The samples of a subset, or those of them that `ids` ("a,b") names, at most `most` (0: all), evenly of the
// classes.
// `dataset` must outlive them. Throws Error for an id that is not in the subset.
std::vector<ExplainInput> inputs_of_subset(const Dataset& dataset, const std::string& subset,
                                           const std::string& ids, int most);

// Image files. One of the model's size is taken as prepared, any other is prepared as the model's
// training images were (nn/data/preparation.h): a film of mini-MIAS is cut to the middle or, if given,
// around `circle` ("x,y,r" in pixels of the file, y downwards). `frame` is taken of each file that holds several.
std::vector<ExplainInput> inputs_of_files(const std::vector<std::string>& files,
                                          const std::string& circle, const Checkpoint& checkpoint,
                                          int frame = 0, bool anonymous_ids = false);

}  // namespace pellucid
