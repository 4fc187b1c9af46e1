// data_source.h: the options that name a data set, equal in every program, and the set they name.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/command_line.h"
#include "nn/data/data_source.h"
#include "nn/data/dataset.h"
#include "nn/data/division.h"
#include "nn/data/source/load.h"
#include "nn/data/source/picture_list.h"
#include "nn/train/checkpoint.h"
#include "runtime/formats/json.h"

namespace pellucid {

struct DataOptions {
  // "phantom", a folder of mini-MIAS or of other images, a CSV table of them, or a file that
  // pellucid-data --out wrote
  std::string data;
  std::string protocol;  // "": of mini-MIAS "paper"; of other data their own
  std::string split;     // "": their own, of mini-MIAS "paper" (nn/data/division.h)
  int folds = 0;         // of a cross-validation, 0: none
  int fold = 0;          // that tests, 0: not chosen
  std::uint64_t data_seed = 0;
  int phantom_size = 0;  // 0: of the model's input, else 64
  int phantom_channels = 0;
  std::string phantom_count = "200,50,50";
  std::uint64_t phantom_seed = 0;
  bool shortcut = false;
  std::string size;  // of a folder's images, "N" or "HxW"; "": of the model's input, else 224
  int channels = 0;  // of a folder's images; 0: of the model's input, else 1
  bool anonymous_ids = false;
  // Options that only one kind of data has a use for.
  std::vector<std::pair<const DataSource*, Option>> of_sources;
};

void add_data_options(CommandLine& app, DataOptions& options);

// The source of the data. Throws UsageError for no --data, an option that this source has no use for, or
// --folds without --fold, unless the program goes through all folds; Error if there is neither a folder
// nor a file of that name.
enum class FoldChoice { one, all };
const DataSource& check_data(const DataOptions& options, FoldChoice choice = FoldChoice::one);

// A class without a name is called by its index.
std::vector<std::string> all_class_names(const Model& model);

// How a model takes files: one of its input's size is prepared, another is prepared as in training.
PictureOptions pictures_for(const Checkpoint& checkpoint, bool anonymous_ids = false);

// Loads the set as it is there, before --split and --folds; phantoms and files fit `input` unless told
// otherwise (with 0 channels: in its size alone). Says the set's notes and failures.
Dataset load_data(const DataOptions& options,
                  const std::optional<ActivationShape>& input = std::nullopt);
// For a model: files as pictures_for says, but for --size and --channels.
DatasetOptions dataset_options(const DataOptions& options, const Checkpoint& checkpoint);
Dataset load_data(const DataOptions& options, const Checkpoint& checkpoint);
// The notes and failures of a set, a line each, on stderr; load_data says them itself.
void say_notes(const Dataset& dataset);
DivisionOptions division_of(const DataOptions& options);
// Whether `wanted`, a subset's name, is "all" and no division is asked for: then the set is not divided.
bool stays_undivided(const DivisionOptions& division, const std::string& wanted);
// divide (nn/data/division.h), unless it stays undivided. Says what the set holds twice and adds it to its notes.
Dataset divide_data(Dataset dataset, const DivisionOptions& division,
                    const std::string& wanted = "");
// Loaded and divided.
Dataset open_data(const DataOptions& options);

// Of "train", "valid", "test" or "all": the samples, in that order, each with its subset's name.
struct ChosenSample {
  const Sample* sample;
  std::string_view subset;
};
std::vector<ChosenSample> choose_subset(const Dataset& dataset, const std::string& name);

// Whether the model was made for pictures in colour.
bool takes_colour(const Checkpoint& checkpoint);

// Throws Error if pictures or classes of the set are not those of the model; says on stderr if the
// model was made for another kind of data, or trained on another division of them.
void check_fit(const Checkpoint& checkpoint, const Dataset& dataset);

// {"source", "protocol", "split", "content_hash", "height", "width", "channels", "samples": {…}}
Json describe_data(const Dataset& dataset);

// Throws Error for pictures whose classes are not known. purpose: "training".
void require_classes(const Dataset& dataset, const char* purpose);
// What a model must be fed with: source, protocol and the steps.
Json describe_preprocessing(const Dataset& dataset);
// The options as settings of a run.
Json describe_options(const DataOptions& options);

}  // namespace pellucid
