// A training run as one safetensors file. Tensors are in memory order (nn/checkpoint.h converts; a
// run only goes on where it came from): last.NAME and best.NAME for each parameter, optimizer.X for
// the optimiser's state, and epoch.losses, epoch.predicted of the batches done in the running
// epoch. Metadata: `training` (where it stands), `history`, `identity`.
#include "nn/safetensors.h"
#include "nn/trainer.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

constexpr const char* kFormat = "pellucid training run, version 1";

std::vector<std::int64_t> extents_of(const Shape& shape) {
  std::vector<std::int64_t> extents;
  for (int axis = 0; axis < shape.rank(); ++axis) extents.push_back(shape[axis]);
  return extents;
}

template <class T>
void add(Stream& stream, SafetensorsWriter& writer, const std::string& name, const Tensor& tensor) {
  const std::vector<T> values = tensor.to_host<T>(stream);
  writer.add(name, extents_of(tensor.shape()), std::span<const T>(values));
}

template <class T>
void read(Stream& stream, const SafetensorsFile& file, const std::string& name, const Tensor& to) {
  const std::vector<std::int64_t> shape = extents_of(to.shape());
  require(file.entry(name).shape == shape, file.file(), ": ", name,
          " has another shape than the model's");
  const std::vector<T> values = file.values<T>(name);
  stream.copy_to_device(to.data<T>(), values.data(), to.bytes());
}

EpochRecord epoch_record(const JsonView& v) {
  constexpr double most = std::numeric_limits<double>::max();
  const auto number = [&](const char* key) { return v.at(key).number(-most, most); };
  return {static_cast<int>(v.at("epoch").integer(1, std::numeric_limits<int>::max())),
          number("loss"),
          number("accuracy"),
          number("val_loss"),
          number("val_accuracy"),
          number("val_balanced_accuracy"),
          number("seconds"),
          number("images_per_second")};
}

Json metadata(const SafetensorsFile& file, const char* key) {
  const auto found = file.metadata().find(key);
  require(found != file.metadata().end(), file.file(),
          ": not a training run of Pellucid: its metadata has no '", key, "'");
  return parse_json(found->second, file.file() + ": metadata " + key);
}

}  // namespace

void Trainer::save(const std::filesystem::path& path, const Json& identity) const {
  Json history = Json::array();
  for (const EpochRecord& record : history_) history.push_back(to_json(record));
  SafetensorsWriter writer;
  writer.set_metadata({{"format", kFormat},
                       {"identity", to_text(identity)},
                       {"history", to_text(history)},
                       {"training", to_text({{"epoch", epoch_},
                                             {"batch", batch_},
                                             {"best_epoch", best_epoch_},
                                             {"optimizer_steps", optimizer_->steps()},
                                             {"seconds", seconds_},
                                             {"epoch_seconds", epoch_seconds_}})}});
  const auto& parameters = model_.parameters();
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    add<float>(stream_, writer, "last." + parameters[p]->name, parameters[p]->variable.value());
    if (best_epoch_ > 0)
      add<float>(stream_, writer, "best." + parameters[p]->name, best_weights_[p]);
  }
  for (const auto& [name, tensor] : optimizer_->state())
    add<float>(stream_, writer, "optimizer." + name, tensor);
  if (batch_ > 0) {
    const int done = std::min(batch_ * options_.batch, training_.size());
    add<float>(stream_, writer, "epoch.losses", losses_.slice(0, done));
    add<std::int32_t>(stream_, writer, "epoch.predicted", predicted_.slice(0, done));
  }
  writer.write(path);
}

void Trainer::load(const std::filesystem::path& path, const Json& identity) {
  const SafetensorsFile file = SafetensorsFile::read(path);
  const auto format = file.metadata().find("format");
  require(format != file.metadata().end() && format->second == kFormat, file.file(),
          ": not a training run that this version can resume");
  const std::string difference = first_difference(metadata(file, "identity"), identity);
  require(difference.empty(), file.file(), ": this run was begun otherwise: ", difference,
          "; resume it as it was begun, or choose another --out");

  const Json history = metadata(file, "history"), training = metadata(file, "training");
  const JsonView records(history, file.file() + ": metadata history");
  const JsonView view(training, file.file() + ": metadata training");
  constexpr int most = std::numeric_limits<int>::max();
  epoch_ = static_cast<int>(view.at("epoch").integer(1, most));
  batch_ = static_cast<int>(view.at("batch").integer(0, batches() - 1));
  history_.clear();
  for (std::size_t e = 0; e < records.array_size(); ++e)
    history_.push_back(epoch_record(records.element(e)));
  require(history_.size() + 1 == static_cast<std::size_t>(epoch_), file.file(), ": epoch ", epoch_,
          " after ", history_.size(), " records of epochs");
  best_epoch_ = static_cast<int>(view.at("best_epoch").integer(epoch_ > 1, epoch_ - 1));
  optimizer_->set_steps(view.at("optimizer_steps").integer(0, most));
  seconds_ = view.at("seconds").number(0, 1e12);
  epoch_seconds_ = view.at("epoch_seconds").number(0, 1e12);

  best_weights_.clear();
  for (Parameter* parameter : model_.parameters()) {
    read<float>(stream_, file, "last." + parameter->name, parameter->variable.value());
    if (best_epoch_ == 0) continue;
    best_weights_.push_back(Tensor::empty(stream_, parameter->memory_shape()));
    read<float>(stream_, file, "best." + parameter->name, best_weights_.back());
  }
  for (const auto& [name, tensor] : optimizer_->state())
    read<float>(stream_, file, "optimizer." + name, tensor);
  if (batch_ > 0) {
    const int done = std::min(batch_ * options_.batch, training_.size());
    read<float>(stream_, file, "epoch.losses", losses_.slice(0, done));
    read<std::int32_t>(stream_, file, "epoch.predicted", predicted_.slice(0, done));
  }
}

}  // namespace pellucid
