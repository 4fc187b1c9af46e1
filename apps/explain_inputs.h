// explain_inputs.h: the images that pellucid-explain is asked about.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "apps/data_source.h"
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
  std::function<LoadedImage()> load;  // throws Error if the image cannot be used
  // What `md5` is to be. Throws Error if a file cannot be read.
  std::function<std::string()> hash;
};

// Of a data set: samples of a subset ("all": of all), only those that `ids` ("a,b") names, and at most `most` of
// them (0: all), evenly of the classes.
struct SubsetChoice {
  std::string subset, ids;
  int most = 0;
};

// The set of --data, divided, for a model. Where a source knows its samples before their pictures, and their
// division does not depend on which can be used, only the pictures of `choice` are read, and the set holds no
// others; in place of one that cannot be used the choice falls on the next. Says notes and failures of what is
// read. Throws Error if nothing can be used.
Dataset load_chosen(const DataOptions& options, const Checkpoint& checkpoint,
                    const SubsetChoice& choice);

// How many of `images` --pictures ("all", "none" or a number) asks to draw: the first ones. Throws UsageError.
std::size_t pictured_images(const std::string& pictures, std::size_t images);
void set_pictured(std::vector<ExplainInput>& inputs, const std::string& pictures);

// Each input once a class, if the target is the `count` most likely ones: as ID.top1 to ID.topK, which are of one group.
std::vector<ExplainInput> inputs_of_ranks(std::vector<ExplainInput> inputs, const Target& target);

// `dataset` must outlive them. Throws Error for an id that is not in the subset.
std::vector<ExplainInput> inputs_of_subset(const Dataset& dataset, const SubsetChoice& choice);

// Image files. One of the model's size is taken as prepared, any other is prepared as the model's
// training images were (nn/data/preparation.h): a film of mini-MIAS is cut to the middle or, if given,
// around `circle` ("x,y,r" in pixels of the file, y downwards). `frame` is taken of each file that holds several.
std::vector<ExplainInput> inputs_of_files(const std::vector<std::string>& files,
                                          const std::string& circle, const Checkpoint& checkpoint,
                                          int frame = 0, bool anonymous_ids = false);

// --where: of each place of the segmenter's answer whether the picture `file`, which has the size of the answer or
// of the network's input, is not black there (1) or is (0), row-major. Throws UsageError for a model that is no
// segmenter, Error for a picture of another size or one that is black.
std::vector<float> asked_places(const std::string& file, const Model& model);

}  // namespace pellucid
