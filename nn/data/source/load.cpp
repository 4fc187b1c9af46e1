#include "nn/data/source/load.h"

#include "nn/data/mias/mias.h"

namespace pellucid {
namespace {

Dataset load_mias_set(const DatasetOptions& options) {
  const MiasOptions mias{parse_mias_protocol(options.protocol), options.seed};
  return mias_dataset(load_mias(options.data, mias), mias);
}

}  // namespace

Dataset load_dataset(const DatasetOptions& options) {
  if (options.data == "phantom") return make_phantom(options.phantom, options.seed);
  if (is_class_folder(options.data)) return load_folder(options.data, options.folder);
  return load_mias_set(options);
}

}  // namespace pellucid
