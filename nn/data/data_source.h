// data_source.h: a kind of data: how it is recognised and loaded, and what is chosen for it where
// nothing else is said. A file of nn/data that defines `const DataSource NAME_source` adds one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nn/data/dataset.h"
#include "nn/data/split.h"

namespace pellucid {

struct DatasetOptions;  // nn/data/source/load.h

// What a training uses unless told otherwise.
struct TrainingDefaults {
  std::string_view model = "balve2024";  // built in; empty: that of the data in a file
  double learning_rate = 1e-4;
  std::string_view class_weights = {};  // "1,2,3"; empty: all 1
  bool augmented = false;               // nn/train/augment.h
  // Channels and classes are whatever the user's pictures have: a built-in model is fitted to them.
  bool fits_model = false;
};

// How sure a source is that data are its own; of several, the surest loads them.
enum class Recognition { no, perhaps, by_contents, by_name };

struct DataSource {
  std::string_view name;         // Dataset::source of what it loads
  std::string_view description;  // "the folder of mini-MIAS": whose options are of no use elsewhere
  // data: as a user names it, a path or a word.
  Recognition (*recognise)(const std::string& data);
  // Throws UsageError on an option outside its range, Error on files that cannot be used.
  Dataset (*load)(const DatasetOptions& options);
  // What load() gives if every picture can be used, before any is read: samples without pixels and contents,
  // and no notes. Null: this is not known. Its ids choose what load() reads (DatasetOptions::only).
  Dataset (*list)(const DatasetOptions& options) = nullptr;
  TrainingDefaults training = {};
  // The split named "paper", which is then the one that is meant if none is named; null: there is none.
  Split (*paper_split)() = nullptr;
  // Options by which pictures get another size than the model's: "--size and --channels".
  std::string_view size_options = {};
};

// All of nn/data, by name.
const std::vector<const DataSource*>& all_data_sources();

// Null if there is none of this name: a packed set may be from anywhere.
const DataSource* find_data_source(std::string_view name);

// The source of what a user names; null if no source knows it.
const DataSource* recognise_data(const std::string& data);

// Of data from a source of this name; the usual ones if there is none.
TrainingDefaults training_defaults(std::string_view source_name);

}  // namespace pellucid
