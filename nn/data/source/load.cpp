#include "nn/data/source/load.h"

#include "runtime/error.h"

namespace pellucid {

Dataset load_dataset(const DatasetOptions& options) {
  const DataSource* source = recognise_data(options.data);
  require(source != nullptr, options.data,
          ": not a folder of images or a packed set (found nothing; expected one)");
  return source->load(options);
}

}  // namespace pellucid
