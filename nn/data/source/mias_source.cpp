#include <filesystem>

#include "nn/data/codec/image_file.h"
#include "nn/data/data_source.h"
#include "nn/data/mias/mias.h"
#include "nn/data/source/load.h"
#include "runtime/file.h"

namespace pellucid {
namespace {

// By its first film, or by a label file that speaks of films; a folder may have an Info.txt of its own.
Recognition recognise(const std::string& data) {
  std::error_code none;
  const std::filesystem::path folder = data, info = folder / "Info.txt";
  if (!std::filesystem::is_directory(folder, none)) return Recognition::no;
  if (!find_image(folder, "mdb001").empty()) return Recognition::by_contents;
  const bool films = std::filesystem::is_regular_file(info, none) &&
                     read_text_file(info).find("mdb0") != std::string::npos;
  return films ? Recognition::by_contents : Recognition::no;
}

MiasOptions of_mias(const DatasetOptions& options) {
  return {parse_mias_protocol(options.protocol), options.seed, options.only};
}

Dataset load(const DatasetOptions& options) {
  return mias_dataset(load_mias(options.data, of_mias(options)), of_mias(options));
}

Dataset list(const DatasetOptions& options) { return list_mias(options.data, of_mias(options)); }

}  // namespace

const DataSource mias_source{.name = kMiasSource,
                             .description = "the folder of mini-MIAS",
                             .recognise = recognise,
                             .load = load,
                             .list = list,
                             .training = {.class_weights = "1,2,3", .augmented = true},
                             .paper_split = paper_split};

}  // namespace pellucid
