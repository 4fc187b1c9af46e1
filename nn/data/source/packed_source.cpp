#include <filesystem>

#include "nn/data/data_source.h"
#include "nn/data/source/load.h"
#include "nn/data/source/packed.h"

namespace pellucid {
namespace {

Recognition recognise(const std::string& data) {
  std::error_code none;
  return std::filesystem::exists(data, none) && !std::filesystem::is_directory(data, none)
             ? Recognition::perhaps
             : Recognition::no;
}

Dataset load(const DatasetOptions& options) { return unpack_dataset(options.data); }

}  // namespace

// What it loads has the name of the source that it was packed from.
extern const DataSource packed_source;
const DataSource packed_source{.name = "packed",
                               .description = "a file made by pellucid-data --out",
                               .recognise = recognise,
                               .load = load,
                               .training = {.model = {}}};

}  // namespace pellucid
