#include <filesystem>

#include "nn/data/data_source.h"
#include "nn/data/mias/mias.h"
#include "nn/data/source/load.h"

namespace pellucid {
namespace {

// Any folder that is of no other kind, so that one without Info.txt is told what it lacks.
Recognition recognise(const std::string& data) {
  std::error_code none;
  return std::filesystem::is_directory(data, none) ? Recognition::perhaps : Recognition::no;
}

Dataset load(const DatasetOptions& options) {
  const MiasOptions mias{parse_mias_protocol(options.protocol), options.seed};
  return mias_dataset(load_mias(options.data, mias), mias);
}

}  // namespace

const DataSource mias_source{.name = kMiasSource,
                             .description = "the folder of mini-MIAS",
                             .recognise = recognise,
                             .load = load,
                             .training = {.class_weights = "1,2,3", .augmented = true},
                             .paper_split = paper_split};

}  // namespace pellucid
