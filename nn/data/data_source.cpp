#include "nn/data/data_source.h"

namespace pellucid {

const DataSource* find_data_source(std::string_view name) {
  for (const DataSource* source : all_data_sources())
    if (source->name == name) return source;
  return nullptr;
}

const DataSource* recognise_data(const std::string& data) {
  const DataSource* surest = nullptr;
  Recognition sure = Recognition::no;
  for (const DataSource* source : all_data_sources())
    if (const Recognition how = source->recognise(data); how > sure) {
      surest = source;
      sure = how;
    }
  return surest;
}

TrainingDefaults training_defaults(std::string_view source_name) {
  const DataSource* source = find_data_source(source_name);
  return source ? source->training : TrainingDefaults{};
}

}  // namespace pellucid
