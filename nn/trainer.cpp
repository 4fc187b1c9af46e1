#include "nn/trainer.h"

#include <chrono>
#include <cmath>
#include <numeric>
#include <utility>

#include "kernels/reduce/reduce.h"
#include "nn/metrics.h"
#include "nn/predict.h"
#include "runtime/error.h"

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

std::vector<Tensor> copy_weights(Stream& stream, const Model& model) {
  std::vector<Tensor> weights;
  for (const Parameter* parameter : model.parameters())
    weights.push_back(parameter->variable.value().clone(stream));
  return weights;
}

// One training run. Losses and predictions stay on the device and come to the host every few
// batches, so that the host need not wait for each step.
class Run {
 public:
  Run(Stream& stream, Model& model, const ImageSet& training, const ImageSet& validation,
      const TrainOptions& options, const TrainCallbacks& callbacks)
      : stream_(stream),
        model_(model),
        training_(training),
        validation_(validation),
        options_(options),
        callbacks_(callbacks),
        optimizer_(make_adam(stream, model.parameters(), {.learning_rate = options.learning_rate})),
        losses_(Tensor::empty(stream, {training.size()})),
        predicted_(Tensor::empty(stream, {training.size()}, DType::i32)) {
    if (!options.class_weights.empty()) {
      const std::vector<float> weights(options.class_weights.begin(), options.class_weights.end());
      weights_ = Tensor::from_host(stream, {model.classes()}, weights);
    }
  }

  TrainResult run() {
    const auto start = Clock::now();
    TrainResult result;
    double best_loss = 0;
    std::vector<Tensor> best_weights;
    for (int epoch = 1; epoch <= options_.epochs; ++epoch) {
      const EpochRecord record = run_epoch(epoch);
      const bool best = best_weights.empty() || record.val_loss < best_loss;
      if (best) {
        best_loss = record.val_loss;
        best_weights = copy_weights(stream_, model_);
        result.best_epoch = epoch;
      }
      result.history.push_back(record);
      if (callbacks_.epoch) callbacks_.epoch(record, best);
      if (options_.patience > 0 && epoch - result.best_epoch >= options_.patience) {
        result.stopped_early = epoch < options_.epochs;
        break;
      }
    }
    for (std::size_t p = 0; p < best_weights.size(); ++p)
      model_.parameters()[p]->set_value(std::move(best_weights[p]));
    result.seconds = seconds_since(start);
    return result;
  }

 private:
  EpochRecord run_epoch(int epoch) {
    const auto start = Clock::now();
    EpochRecord record{};
    record.epoch = epoch;
    train_epoch(epoch, record);
    record.images_per_second = training_.size() / seconds_since(start);

    const Predictions predictions = predict(stream_, model_, validation_, options_.batch);
    const ConfusionMatrix matrix(model_.classes(), validation_.labels(), predictions.predicted);
    record.val_loss = mean_loss(predictions, validation_.labels());
    record.val_accuracy = matrix.accuracy();
    record.val_balanced_accuracy = matrix.balanced_accuracy();
    require(std::isfinite(record.val_loss), "the validation loss of epoch ", epoch, " is ",
            record.val_loss, "; a lower learning rate may help");
    record.seconds = seconds_since(start);
    return record;
  }

  void train_epoch(int epoch, EpochRecord& record) {
    const auto start = Clock::now();
    const int size = training_.size();
    const int batches = (size + options_.batch - 1) / options_.batch;
    const std::vector<std::int32_t> order = batch_order(options_.seed, epoch, size);
    std::vector<std::int32_t> labels;
    for (const std::int32_t sample : order)
      labels.push_back(training_.labels()[static_cast<std::size_t>(sample)]);
    const Tensor device_order = Tensor::from_host(stream_, {size}, order);
    const Tensor device_labels = Tensor::from_host(stream_, {size}, labels);

    double loss_sum = 0;
    int fetched = 0;
    for (int batch = 0; batch < batches; ++batch) {
      const int first = batch * options_.batch;
      const int rows = std::min(options_.batch, size - first);
      ForwardOptions forward;
      forward.training = options_.dropout;
      forward.key = {options_.seed, kDropoutStream + 256 * step_++};
      train_step(stream_, model_, *optimizer_,
                 training_.batch(stream_, device_order.slice(first, rows)),
                 device_labels.slice(first, rows), weights_, forward, losses_.slice(first, rows),
                 predicted_.slice(first, rows));
      const int done = first + rows;
      if ((batch + 1) % options_.fetch_interval != 0 && done < size) continue;
      loss_sum += fetch_losses(epoch, fetched, done);
      fetched = done;
      if (callbacks_.batch)
        callbacks_.batch(
            {epoch, batch + 1, batches, done, loss_sum / done, done / seconds_since(start)});
    }
    const std::vector<std::int32_t> predicted = predicted_.to_host<std::int32_t>(stream_);
    record.loss = loss_sum / size;
    record.accuracy = ConfusionMatrix(model_.classes(), labels, predicted).accuracy();
  }

  // The sum of the losses of rows first … last − 1 of this epoch.
  double fetch_losses(int epoch, int first, int last) {
    const std::vector<float> losses = losses_.slice(first, last - first).to_host<float>(stream_);
    double sum = 0;
    for (std::size_t n = 0; n < losses.size(); ++n) {
      require(std::isfinite(losses[n]), "the loss became ", losses[n], " at step ",
              (first + static_cast<int>(n)) / options_.batch + 1, " of epoch ", epoch,
              "; a lower learning rate may help");
      sum += losses[n];
    }
    return sum;
  }

  Stream& stream_;
  Model& model_;
  const ImageSet& training_;
  const ImageSet& validation_;
  const TrainOptions& options_;
  const TrainCallbacks& callbacks_;
  std::unique_ptr<Optimizer> optimizer_;
  Tensor weights_;             // (classes), or undefined: all 1
  Tensor losses_, predicted_;  // (samples), in the order of the epoch
  std::uint64_t step_ = 0;     // of the whole run
};

}  // namespace

void check_train_options(const TrainOptions& o, int classes) {
  expect_setting(o.epochs >= 1, "the number of epochs", "at least 1", o.epochs);
  expect_setting(o.batch >= 1, "the batch size", "at least 1", o.batch);
  expect_setting(o.learning_rate > 0 && std::isfinite(o.learning_rate), "the learning rate",
                 "above 0", o.learning_rate);
  expect_setting(o.patience >= 0, "the patience", "0 (never stop early) or more", o.patience);
  expect_setting(o.fetch_interval >= 1, "the fetch interval", "at least 1", o.fetch_interval);
  expect_setting(
      o.class_weights.empty() || o.class_weights.size() == static_cast<std::size_t>(classes),
      "the number of class weights", concat("that of the model's classes, ", classes).c_str(),
      o.class_weights.size());
  for (const double weight : o.class_weights)
    expect_setting(weight > 0 && std::isfinite(weight), "a class weight", "above 0", weight);
}

Json to_json(const EpochRecord& r) {
  return {{"epoch", r.epoch},
          {"loss", r.loss},
          {"accuracy", r.accuracy},
          {"val_loss", r.val_loss},
          {"val_accuracy", r.val_accuracy},
          {"val_balanced_accuracy", r.val_balanced_accuracy},
          {"seconds", r.seconds},
          {"images_per_second", r.images_per_second}};
}

TrainResult train(Stream& stream, Model& model, const ImageSet& training,
                  const ImageSet& validation, const TrainOptions& options,
                  const TrainCallbacks& callbacks) {
  check_train_options(options, model.classes());
  return Run(stream, model, training, validation, options, callbacks).run();
}

void train_step(Stream& stream, Model& model, Optimizer& optimizer, const Tensor& x,
                const Tensor& labels, const Tensor& weights, const ForwardOptions& options,
                const Tensor& row_losses, const Tensor& predicted) {
  const Variable logits = model.forward(stream, Variable(x), options);
  if (predicted.defined())
    row_max(stream, RowMaxArgs{.x = logits.value().data<float>(),
                               .y = nullptr,
                               .index = predicted.data<std::int32_t>(),
                               .rows = static_cast<int>(logits.shape()[0]),
                               .cols = logits.shape()[1]});
  backward(stream, cross_entropy(stream, logits, labels, weights, row_losses));
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
