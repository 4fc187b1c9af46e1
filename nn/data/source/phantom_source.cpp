#include "nn/data/data_source.h"
#include "nn/data/source/load.h"

namespace pellucid {
namespace {

Recognition recognise(const std::string& data) {
  return data == kPhantomSource ? Recognition::by_name : Recognition::no;
}

Dataset load(const DatasetOptions& options) {
  return make_phantom(options.phantom, options.phantom_seed);
}

}  // namespace

const DataSource phantom_source{.name = kPhantomSource,
                                .description = "--data phantom",
                                .recognise = recognise,
                                .load = load,
                                .training = {.model = "tiny", .learning_rate = 1e-3},
                                .size_options = "--phantom-size and --phantom-channels"};

}  // namespace pellucid
