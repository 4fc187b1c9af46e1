#include "nn/train/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include "kernels/reduce/reduce.h"
#include "nn/plan/predict.h"
#include "nn/statistics/metrics.h"
#include "runtime/error.h"
#include "runtime/profile.h"

namespace pellucid {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

template <class Value>
void expect_setting(bool good, const char* name, const char* range, const Value& value) {
  if (!good) throw UsageError(concat(name, " must be ", range, ", got ", value));
}

std::vector<Tensor> copy_state(Stream& stream, const Model& model) {
  std::vector<Tensor> copy;
  for (const auto& [name, tensor] : model.state()) copy.push_back(tensor.clone(stream));
  return copy;
}

}  // namespace

// Losses and predictions stay on the device and come to the host every few batches, so that the
// host need not wait for each step.
Trainer::Trainer(Stream& stream, Model& model, TrainingImages training, const ImageSet& validation,
                 const TrainOptions& options, TrainCallbacks callbacks)
    : stream_(stream),
      model_(model),
      training_(std::move(training)),
      validation_(validation),
      options_(options),
      callbacks_(std::move(callbacks)),
      losses_(Tensor::empty(stream, {training_.size()})),
      predicted_(Tensor::empty(stream, {training_.size()}, DType::i32)) {
  check_train_options(options, model.classes());
  optimizer_ =
      make_adam(stream, model.parameters(),
                {.learning_rate = options.learning_rate, .weight_decay = options.weight_decay});
  if (!options.class_weights.empty()) {
    const std::vector<float> weights(options.class_weights.begin(), options.class_weights.end());
    weights_ = Tensor::from_host(stream, {model.classes()}, weights);
  }
}

bool Trainer::finished() const {
  const int done = epoch_ - 1;
  return done >= options_.epochs ||
         (options_.patience > 0 && done > 0 && done - best_epoch_ >= options_.patience);
}

TrainResult Trainer::run() {
  TrainResult result;
  while (!finished()) {
    EpochRecord record{};
    record.epoch = epoch_;
    if (!train_epoch(record)) {
      result.interrupted = true;
      break;
    }
    validate(record);
    keep_if_best(record);
    if (callbacks_.epoch) callbacks_.epoch(record, best_epoch_ == record.epoch);
  }
  result.history = history_;
  result.best_epoch = best_epoch_;
  result.stopped_early = !result.interrupted && epoch_ <= options_.epochs;
  result.epoch = epoch_;
  result.batch = batch_;
  result.seconds = seconds_ + epoch_seconds_;
  if (!result.interrupted) restore_best();
  return result;
}

bool Trainer::restore_best() {
  if (best_epoch_ == 0) return false;
  const auto state = model_.state();
  for (std::size_t i = 0; i < state.size(); ++i)
    stream_.copy_on_device(state[i].second.data<float>(), best_[i].data<float>(), best_[i].bytes());
  return true;
}

// False if it was stopped; batch_ then says where.
bool Trainer::train_epoch(EpochRecord& record) {
  const auto start = Clock::now();
  const double seconds_before = epoch_seconds_;
  const int size = training_.size(), first_batch = batch_;
  const std::vector<std::int32_t> order = batch_order(options_.seed, epoch_, size);
  std::vector<std::int32_t> labels;
  labels.reserve(order.size());
  for (const std::int32_t sample : order)
    labels.push_back(training_.labels[static_cast<std::size_t>(sample)]);
  const EpochOrder visited{epoch_, order, Tensor::from_host(stream_, {size}, order)};
  const Tensor device_labels = Tensor::from_host(stream_, {size}, labels);
  record.learning_rate = scheduled_rate(options_, epoch_);
  record.weighted = is_weighted(options_);
  optimizer_->set_learning_rate(record.learning_rate);

  int fetched = std::min(first_batch * options_.batch, size);
  double loss_sum = fetched > 0 ? check_losses(0, fetched) : 0;
  for (; batch_ < batches(); ++batch_) {
    if (callbacks_.stop && callbacks_.stop()) {
      epoch_seconds_ = seconds_before + seconds_since(start);
      return false;
    }
    const int first = batch_ * options_.batch;
    const int rows = std::min(options_.batch, size - first), done = first + rows;
    const auto step =
        static_cast<std::uint64_t>(epoch_ - 1) * static_cast<std::uint64_t>(batches()) +
        static_cast<std::uint64_t>(batch_);  // of the whole run
    ForwardOptions forward;
    forward.training = true;
    forward.dropout = options_.dropout;
    forward.key = {options_.seed, kDropoutStream + 256 * step};
    train_step(stream_, model_, *optimizer_, training_.batch(stream_, visited, first, rows),
               device_labels.slice(first, rows), weights_, forward, losses_.slice(first, rows),
               predicted_.slice(first, rows));
    if ((batch_ + 1) % options_.fetch_interval != 0 && done < size) continue;
    loss_sum += check_losses(fetched, done);
    fetched = done;
    if (callbacks_.batch)
      callbacks_.batch({epoch_, batch_ + 1, batches(), done, loss_sum / done,
                        (done - first_batch * options_.batch) / seconds_since(start)});
  }
  // Summed anew, in an order that does not depend on where the epoch was stopped.
  record.loss = check_losses(0, size) / size;
  record.accuracy =
      ConfusionMatrix(model_.classes(), labels, predicted_.to_host<std::int32_t>(stream_))
          .accuracy();
  epoch_seconds_ = seconds_before + seconds_since(start);
  record.images_per_second = size / epoch_seconds_;
  return true;
}

void Trainer::validate(EpochRecord& record) {
  const ProfileScope scope(stream_, "validation");
  const auto start = Clock::now();
  const Predictions predictions = predict(stream_, model_, validation_, options_.batch);
  const ConfusionMatrix matrix(model_.classes(), validation_.labels(), predictions.predicted);
  record.val_loss = mean_loss(predictions, validation_.labels());
  record.val_accuracy = matrix.accuracy();
  record.val_balanced_accuracy = matrix.balanced_accuracy();
  require(std::isfinite(record.val_loss), "the validation loss of epoch ", record.epoch, " is ",
          record.val_loss, "; a lower learning rate may help");
  record.seconds = epoch_seconds_ + seconds_since(start);
}

// Ends the epoch.
void Trainer::keep_if_best(const EpochRecord& record) {
  if (best_epoch_ == 0 ||
      record.val_loss < history_[static_cast<std::size_t>(best_epoch_ - 1)].val_loss) {
    best_epoch_ = record.epoch;
    best_ = copy_state(stream_, model_);
  }
  history_.push_back(record);
  seconds_ += record.seconds;
  epoch_seconds_ = 0;
  ++epoch_;
  batch_ = 0;
}

// The sum of the losses of rows first … last − 1 of this epoch.
double Trainer::check_losses(int first, int last) const {
  const std::vector<float> losses = losses_.slice(first, last - first).to_host<float>(stream_);
  double sum = 0;
  for (std::size_t n = 0; n < losses.size(); ++n) {
    require(std::isfinite(losses[n]), "the loss became ", losses[n], " at step ",
            (first + static_cast<int>(n)) / options_.batch + 1, " of epoch ", epoch_,
            "; a lower learning rate may help");
    sum += losses[n];
  }
  return sum;
}

void check_train_options(const TrainOptions& o, int classes) {
  expect_setting(o.epochs >= 1, "the number of epochs", "at least 1", o.epochs);
  expect_setting(o.batch >= 1, "the batch size", "at least 1", o.batch);
  expect_setting(o.learning_rate > 0 && std::isfinite(o.learning_rate), "the learning rate",
                 "above 0", o.learning_rate);
  expect_setting(o.weight_decay >= 0 && std::isfinite(o.weight_decay), "the weight decay",
                 "0 or more", o.weight_decay);
  expect_setting(o.patience >= 0, "the patience", "0 (never stop early) or more", o.patience);
  expect_setting(o.fetch_interval >= 1, "the fetch interval", "at least 1", o.fetch_interval);
  expect_setting(
      o.class_weights.empty() || o.class_weights.size() == static_cast<std::size_t>(classes),
      "the number of class weights", concat("that of the model's classes, ", classes).c_str(),
      o.class_weights.size());
  for (const double weight : o.class_weights)
    expect_setting(weight > 0 && std::isfinite(weight), "a class weight", "above 0", weight);
}

bool is_weighted(const TrainOptions& options) {
  return std::any_of(options.class_weights.begin(), options.class_weights.end(),
                     [](double weight) { return weight != 1; });
}

double scheduled_rate(const TrainOptions& o, int epoch) {
  if (o.schedule == Schedule::constant) return o.learning_rate;
  return o.learning_rate / 2 * (1 + std::cos(std::numbers::pi * (epoch - 1) / o.epochs));
}

TrainingImages::TrainingImages(const ImageSet& set)
    : labels(set.labels()),
      batch([&set](Stream& stream, const EpochOrder& order, int first, int rows) {
        return set.batch(stream, order.on_device.slice(first, rows));
      }) {}

Json to_json(const EpochRecord& r) {
  return {{"epoch", r.epoch},
          {"loss", r.loss},
          {"loss_weighted_by_class", r.weighted},  // val_loss never is
          {"accuracy", r.accuracy},
          {"val_loss", r.val_loss},
          {"val_accuracy", r.val_accuracy},
          {"val_balanced_accuracy", r.val_balanced_accuracy},
          {"seconds", r.seconds},
          {"images_per_second", r.images_per_second},
          {"learning_rate", r.learning_rate}};
}

TrainResult train(Stream& stream, Model& model, TrainingImages training, const ImageSet& validation,
                  const TrainOptions& options, const TrainCallbacks& callbacks) {
  return Trainer(stream, model, std::move(training), validation, options, callbacks).run();
}

void train_step(Stream& stream, Model& model, Optimizer& optimizer, const Tensor& x,
                const Tensor& labels, const Tensor& weights, const ForwardOptions& options,
                const Tensor& row_losses, const Tensor& predicted) {
  const ProfileScope step(stream, "step");
  const auto run_forward = [&] {
    const ProfileScope scope(stream, "forward");
    return model.forward(stream, Variable(x), options);
  };
  const Variable logits = run_forward();
  if (predicted.defined())
    row_max(stream, RowMaxArgs{.x = logits.value().data<float>(),
                               .y = nullptr,
                               .index = predicted.data<std::int32_t>(),
                               .rows = static_cast<int>(logits.shape()[0]),
                               .cols = logits.shape()[1]});
  {
    const ProfileScope scope(stream, "backward");
    backward(stream, cross_entropy(stream, logits, labels, weights, row_losses));
  }
  const ProfileScope scope(stream, "optimizer");
  optimizer.step(stream);
}

std::vector<std::int32_t> batch_order(std::uint64_t seed, int epoch, int size) {
  std::vector<std::int32_t> order(static_cast<std::size_t>(size));
  std::iota(order.begin(), order.end(), 0);
  const RandomKey key{seed, kBatchOrderStream + static_cast<std::uint64_t>(epoch)};
  for (std::size_t i = order.size(); i-- > 1;)
    std::swap(order[i], order[random_below(key, i, static_cast<std::uint32_t>(i) + 1)]);
  return order;
}

}  // namespace pellucid
