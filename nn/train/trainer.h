// trainer.h: training a classifier as Balve & Hendrix (CHIL 2024) did with Keras: Adam,
// class-weighted cross-entropy divided by the batch size, a new batch order every epoch, early
// stopping on the validation loss, best weights restored. A run can be stopped after any batch and
// gone on with, to the same bits.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "nn/data/image_set.h"
#include "nn/graph/model.h"
#include "nn/train/optimizer.h"

namespace pellucid {

// The learning rate of epoch e of E: the same in all, or lr/2 · (1 + cos(π·(e − 1)/E)), which falls from lr
// towards 0 (Loshchilov and Hutter, ICLR 2017; PyTorch's CosineAnnealingLR with T_max = E, eta_min = 0, stepped
// after each epoch). The cosine depends on E: a run of more epochs is another one from the second on.
enum class Schedule { constant, cosine };

struct TrainOptions {
  int epochs = 50;  // at most
  int batch = 16;   // the last batch of an epoch may be smaller
  double learning_rate = 1e-4;
  Schedule schedule = Schedule::constant;
  double weight_decay = 0;            // nn/train/optimizer.h
  std::vector<double> class_weights;  // one a class, > 0; empty: all 1
  int patience = 10;                  // epochs without a lower validation loss; 0: never stop early
  std::uint64_t seed = 0;             // of batch order and dropout (the weights are the model's)
  bool dropout = true;                // false: dropout layers do nothing
  int fetch_interval = 10;            // losses come to the host every so many batches
};

// Throws UsageError naming the setting and its value. classes: of the model.
void check_train_options(const TrainOptions& options, int classes);
// Whether a class weight is not 1.
bool is_weighted(const TrainOptions& options);
// Of an epoch (from 1), by the schedule.
double scheduled_rate(const TrainOptions& options, int epoch);

// In which order an epoch visits its samples.
struct EpochOrder {
  int epoch = 1;  // from 1
  std::span<const std::int32_t> samples;
  Tensor on_device;  // (samples) int32, the same
};

// What is trained on: the labels, and where the pictures of a batch come from.
struct TrainingImages {
  // Pictures as they are. The set must outlive it.
  TrainingImages(const ImageSet& set);
  TrainingImages(std::vector<std::int32_t> labels_,
                 std::function<Tensor(Stream&, const EpochOrder&, int, int)> batch_)
      : labels(std::move(labels_)), batch(std::move(batch_)) {}

  std::vector<std::int32_t> labels;
  // (rows, h, w, c) in [0, 1]: the pictures of order.samples[first … first + rows − 1]. Asked for in this
  // order, each once an epoch; a run that is resumed begins inside one.
  std::function<Tensor(Stream&, const EpochOrder& order, int first, int rows)> batch;

  int size() const { return static_cast<int>(labels.size()); }
};

struct BatchProgress {
  int epoch;            // from 1
  int batch;            // batches done in this epoch
  int batches;          // of an epoch
  std::int64_t images;  // done in this epoch
  double loss;          // mean of this epoch so far, weighted
  double images_per_second;
};

struct EpochRecord {
  int epoch;        // from 1
  double loss;      // mean over the epoch's samples as they were trained on, weighted (as Keras)
  double accuracy;  // of the same outputs, unweighted
  double val_loss;  // unweighted
  double val_accuracy;
  double val_balanced_accuracy;
  double seconds;            // training and validation
  double images_per_second;  // training alone
  double learning_rate = 0;
  bool weighted = false;  // a class weight is not 1: loss and val_loss then are not of one kind
};

Json to_json(const EpochRecord& record);

struct TrainCallbacks {
  std::function<void(const BatchProgress&)> batch;  // every fetch_interval batches and at the end
  // After each epoch; Trainer::save() may be called here.
  std::function<void(const EpochRecord&, bool best)> epoch;
  std::function<bool()> stop;  // asked before each batch: true ends the run there
};

struct TrainResult {
  std::vector<EpochRecord> history;
  int best_epoch = 0;  // from 1: the lowest validation loss, the first of equals
  bool stopped_early = false;
  bool interrupted = false;  // by callbacks.stop: the model has the weights of that moment
  int epoch = 0, batch = 0;  // if interrupted: batches done in the epoch
  double seconds = 0;        // of training, before an interruption too
};

// What a run depends on beside its file, as save() was told. Throws Error naming the file.
Json saved_identity(const std::filesystem::path& path);

// Trains `model` in place; at the end it has the weights of the best epoch. Same seed, device and
// build: same weights, bit for bit, however often the run was stopped and resumed.
class Trainer {
 public:
  // Model and images must outlive it.
  Trainer(Stream& stream, Model& model, TrainingImages training, const ImageSet& validation,
          const TrainOptions& options, TrainCallbacks callbacks = {});

  // To the end or until it is stopped. Throws Error naming the epoch and step at which a loss first
  // was not finite.
  TrainResult run();
  const std::vector<EpochRecord>& history() const { return history_; }
  // Whether run() has nothing left to train: all epochs are done, or it stopped early.
  bool finished() const;
  // The model gets the weights of the best epoch so far; false if none has ended. run() cannot go on then.
  bool restore_best();

  // One file (nn/train/trainer_checkpoint.cpp) with all that the rest of the run depends on: last and
  // best weights, the optimiser's moments and steps, history, epoch, batch, and the running epoch's
  // losses. Written durably; an older one is replaced or stays whole. identity: what else the run
  // depends on (settings, a hash of the data), of which load() insists that it is the same.
  void save(const std::filesystem::path& path, const Json& identity) const;
  // Throws Error naming the file and the first difference; the trainer then is not to be used.
  void load(const std::filesystem::path& path, const Json& identity);

 private:
  int batches() const { return (training_.size() + options_.batch - 1) / options_.batch; }
  std::vector<std::pair<std::string, Tensor>> tensors() const;
  bool train_epoch(EpochRecord& record);
  void validate(EpochRecord& record);
  void keep_if_best(const EpochRecord& record);
  double check_losses(int first, int last) const;

  Stream& stream_;
  Model& model_;
  TrainingImages training_;
  const ImageSet& validation_;
  TrainOptions options_;
  TrainCallbacks callbacks_;
  std::unique_ptr<Optimizer> optimizer_;
  Tensor weights_;             // (classes), or undefined: all 1
  Tensor losses_, predicted_;  // (samples), in the order of the epoch

  int epoch_ = 1, batch_ = 0;         // the next epoch and batch
  double seconds_ = 0;                // before the running epoch
  double epoch_seconds_ = 0;          // of the running epoch, until it was stopped
  std::vector<EpochRecord> history_;  // of the epochs before
  int best_epoch_ = 0;
  std::vector<Tensor> best_;  // Model::state() of the best epoch
};

// A run from its beginning to its end.
TrainResult train(Stream& stream, Model& model, TrainingImages training, const ImageSet& validation,
                  const TrainOptions& options, const TrainCallbacks& callbacks = {});

// One step on one batch: forward, loss, backward, update. weights: (classes) or undefined;
// row_losses: (N), receives weight·loss of each sample; predicted: (N) int32 or undefined, receives
// the class of the largest logit.
void train_step(Stream& stream, Model& model, Optimizer& optimizer, const Tensor& x,
                const Tensor& labels, const Tensor& weights, const ForwardOptions& options,
                const Tensor& row_losses, const Tensor& predicted = {});

// The order in which epoch `epoch` (from 1) visits samples 0 … size − 1: a Fisher–Yates shuffle
// that depends on nothing but (seed, epoch, size).
std::vector<std::int32_t> batch_order(std::uint64_t seed, int epoch, int size);

}  // namespace pellucid
