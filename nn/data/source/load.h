// load.h: a data set by its name, whatever kind it is of.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "nn/data/data_source.h"
#include "nn/data/dataset.h"
#include "nn/data/phantom/phantom.h"
#include "nn/data/source/picture_list.h"

namespace pellucid {

struct DatasetOptions {
  // "phantom", the folder of the mini-MIAS images, a folder of others, a CSV table of them, or a packed set
  std::string data = "phantom";
  std::string protocol = "paper";  // of real images: "paper" or "fixed-scale"
  std::uint64_t seed = 0;          // of real images' windows at fixed scale
  std::uint64_t phantom_seed = 0;
  PhantomOptions phantom;
  PictureOptions pictures;
  // Of the samples that DataSource::list names: the ids of those to read; the set is theirs alone.
  std::optional<std::set<std::string>> only = {};
};

// Sources that have options of their own.
extern const DataSource mias_source, folder_source, phantom_source;

// Phantoms come divided, a packed set as it was packed, other images not. Throws UsageError on an option
// outside its range, Error on files that cannot be used.
Dataset load_dataset(const DatasetOptions& options);

}  // namespace pellucid
