// load.h: a data set by its name, whatever kind it is of.
#pragma once

#include <cstdint>
#include <string>

#include "nn/data/dataset.h"
#include "nn/data/phantom/phantom.h"
#include "nn/data/source/folder.h"

namespace pellucid {

struct DatasetOptions {
  // "phantom", the folder of the mini-MIAS images, or one with a sub-folder a class
  std::string data = "phantom";
  std::string protocol = "paper";  // of real images: "paper" or "fixed-scale"
  std::uint64_t seed = 0;          // of a phantom; of real images' windows at fixed scale
  PhantomOptions phantom;
  FolderOptions folder;
};

// Phantoms come divided, other images not. Throws UsageError on an option outside its range, Error on
// files that cannot be used.
Dataset load_dataset(const DatasetOptions& options);

}  // namespace pellucid
