// A training run as one safetensors file. Tensors are in memory order (nn/train/checkpoint.h converts; a
// run only goes on where it came from): last.NAME and best.NAME for each parameter and buffer, optimizer.X for
// the optimiser's state, and epoch.losses, epoch.predicted of the batches done in the running
// epoch. Metadata: `training` (where it stands), `history`, `identity`.
#include "nn/train/trainer.h"
#include "runtime/error.h"
#include "runtime/formats/safetensors.h"
#include "runtime/formats/text.h"

namespace pellucid {
namespace {

constexpr const char* kFormat = "pellucid training run, version 1";
constexpr const char* kRunKind = "a training run of Pellucid";

void add(Stream& stream, SafetensorsWriter& writer, const std::string& name, const Tensor& tensor) {
  const auto write = [&]<class T>(T) {
    const std::vector<T> values = tensor.to_host<T>(stream);
    writer.add(name, tensor.shape().extents(), std::span<const T>(values));
  };
  if (tensor.dtype() == DType::i32) write(std::int32_t{});
  else write(float{});
}

void read(Stream& stream, const SafetensorsFile& file, const std::string& name, const Tensor& to) {
  require(file.entry(name).shape == to.shape().extents(), file.file(), ": ", name,
          ": wrong shape (found ", shape_text(file.entry(name).shape), "; expected ",
          shape_text(to.shape().extents()), ")");
  const auto copy = [&]<class T>(T) {
    stream.copy_to_device(to.data<T>(), file.values<T>(name).data(), to.bytes());
  };
  if (to.dtype() == DType::i32) copy(std::int32_t{});
  else copy(float{});
}

// Runs before there were schedules had one rate, and did not say whether their loss was weighted.
EpochRecord epoch_record(const JsonView& v, const TrainOptions& options) {
  constexpr double most = std::numeric_limits<double>::max();
  const auto number = [&](const char* key) { return v.at(key).number(-most, most); };
  const auto rate = v.find("learning_rate"), said = v.find("loss_weighted_by_class");
  return {.epoch = static_cast<int>(v.at("epoch").integer(1, std::numeric_limits<int>::max())),
          .loss = number("loss"),
          .accuracy = number("accuracy"),
          .val_loss = number("val_loss"),
          .val_accuracy = number("val_accuracy"),
          .val_balanced_accuracy = number("val_balanced_accuracy"),
          .seconds = number("seconds"),
          .images_per_second = number("images_per_second"),
          .learning_rate = rate ? rate->number(0, most) : options.learning_rate,
          .weighted = said ? said->boolean() : is_weighted(options)};
}

SafetensorsFile read_run(const std::filesystem::path& path) {
  SafetensorsFile file = SafetensorsFile::read(path);
  const std::string& format = file.metadata("format", kRunKind);
  require(format == kFormat, file.file(), ": wrong format (found ", in_quotes(format),
          "; expected ", in_quotes(kFormat), ")");
  return file;
}

}  // namespace

// What save() writes and load() fills, as epoch_, batch_ and best_ say.
std::vector<std::pair<std::string, Tensor>> Trainer::tensors() const {
  std::vector<std::pair<std::string, Tensor>> out;
  const auto state = model_.state();
  for (std::size_t i = 0; i < state.size(); ++i) {
    out.emplace_back("last." + state[i].first, state[i].second);
    if (best_epoch_ > 0) out.emplace_back("best." + state[i].first, best_[i]);
  }
  for (const auto& [name, tensor] : optimizer_->state())
    out.emplace_back("optimizer." + name, tensor);
  if (const int done = std::min(batch_ * options_.batch, training_.size()); done > 0) {
    out.emplace_back("epoch.losses", losses_.slice(0, done));
    out.emplace_back("epoch.predicted", predicted_.slice(0, done));
  }
  return out;
}

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
  for (const auto& [name, tensor] : tensors()) add(stream_, writer, name, tensor);
  writer.write(path);
}

Json saved_identity(const std::filesystem::path& path) {
  return read_run(path).metadata_json("identity", kRunKind);
}

void Trainer::load(const std::filesystem::path& path, const Json& identity) {
  const SafetensorsFile file = read_run(path);
  const std::string difference =
      first_difference(file.metadata_json("identity", kRunKind), identity);
  require(difference.empty(), file.file(), ": this run was begun otherwise: ", difference,
          "; resume it as it was begun, or choose another --out");

  const Json history = file.metadata_json("history", kRunKind),
             training = file.metadata_json("training", kRunKind);
  const JsonView records(history, file.file() + ": metadata history");
  const JsonView view(training, file.file() + ": metadata training");
  constexpr int most = std::numeric_limits<int>::max();
  epoch_ = static_cast<int>(view.at("epoch").integer(1, most));
  batch_ = static_cast<int>(view.at("batch").integer(0, batches() - 1));
  history_.clear();
  for (std::size_t e = 0; e < records.array_size(); ++e)
    history_.push_back(epoch_record(records.element(e), options_));
  require(history_.size() + 1 == static_cast<std::size_t>(epoch_), records.where(),
          ": wrong length (found ", history_.size(), " epochs; expected ", epoch_ - 1, ")");
  best_epoch_ = static_cast<int>(view.at("best_epoch").integer(epoch_ > 1, epoch_ - 1));
  optimizer_->set_steps(view.at("optimizer_steps").integer(0, most));
  seconds_ = view.at("seconds").number(0, 1e12);
  epoch_seconds_ = view.at("epoch_seconds").number(0, 1e12);

  best_.clear();
  if (best_epoch_ > 0)
    for (const auto& [name, tensor] : model_.state())
      best_.push_back(Tensor::empty(stream_, tensor.shape()));
  for (const auto& [name, tensor] : tensors()) read(stream_, file, name, tensor);
}

}  // namespace pellucid
