#include "nn/train/trainer.h"

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <numeric>
#include <set>

#include "nn/plan/predict.h"
#include "nn/train/checkpoint.h"
#include "runtime/file.h"
#include "tests/nn/train/small_training.h"
#include "tests/support/compare.h"
#include "tests/support/device.h"

using namespace pellucid;
using namespace pellucid::test;

TEST_CASE("trainer: learns, and reports what it does") {
  Model model = fresh_model();
  const ImageSet training = images(halves(20, 1)), validation = images(halves(10, 2));
  TrainOptions options = quick();
  options.class_weights = {1, 2};
  options.fetch_interval = 2;
  std::vector<BatchProgress> progress;
  int epochs = 0;
  const TrainResult result =
      train(stream(), model, training, validation, options,
            {.batch = [&](const BatchProgress& p) { progress.push_back(p); },
             .epoch = [&](const EpochRecord& record, bool) { CHECK(record.epoch == ++epochs); },
             .stop = {}});
  REQUIRE(result.history.size() == static_cast<std::size_t>(options.epochs));
  CHECK(epochs == options.epochs);
  // 20 samples in batches of 6: four steps, losses fetched after two and after the last.
  REQUIRE(progress.size() == static_cast<std::size_t>(2 * options.epochs));
  CHECK(progress[0].batch == 2);
  CHECK(progress[0].images == 12);
  CHECK(progress[1].batch == 4);
  CHECK(progress[1].batches == 4);
  CHECK(progress[1].images == 20);
  CHECK(progress[1].loss == doctest::Approx(result.history[0].loss));
  const EpochRecord& record = result.history.back();
  CHECK(record.images_per_second > 0);
  CHECK(record.seconds > 0);
  const std::string line = to_text(to_json(record));
  CHECK(line.find(R"("val_balanced_accuracy":)") != std::string::npos);
  if (kSmallShapesOnly) return;
  CHECK(result.history[0].loss > 2 * record.loss);
  CHECK(record.val_accuracy == 1);
  CHECK(record.val_balanced_accuracy == 1);
  CHECK(record.accuracy > 0.9);
}

TEST_CASE("trainer: the reported loss is the mean of the weighted losses, partial batch included") {
  // With a learning rate that moves no weight, every step sees the initial network.
  Model model = fresh_model(1, kPlain);
  const auto samples = halves(7, 1);
  const ImageSet training = images(samples);
  TrainOptions options = quick();
  options.epochs = 1;
  options.batch = 4;
  options.learning_rate = 1e-30;
  options.dropout = false;
  options.class_weights = {1, 3};
  const TrainResult result = train(stream(), model, training, training, options);
  const Predictions predictions = predict(stream(), model, training);
  double expected = 0;
  for (std::size_t n = 0; n < 7; ++n) {
    const auto label = static_cast<std::size_t>(samples[n].label);
    expected -= (label == 1 ? 3 : 1) * std::log(predictions.probabilities[2 * n + label]) / 7;
  }
  CHECK(result.history[0].loss == doctest::Approx(expected).epsilon(1e-5));
  CHECK(result.history[0].val_loss ==
        doctest::Approx(mean_loss(predictions, training.labels())).epsilon(1e-12));
}

TEST_CASE("trainer: stops early and restores the best weights") {
  if (kSmallShapesOnly) return;
  // Validation labels are the wrong way round: what is learnt makes the validation loss worse, so
  // an early epoch is the best one.
  Model model = fresh_model();
  const ImageSet training = images(halves(20, 1)), validation = images(halves(10, 2, true));
  TrainOptions options = quick();
  options.epochs = 50;
  options.patience = 3;
  std::vector<std::vector<float>> best;
  double lowest = std::numeric_limits<double>::infinity();
  const TrainResult result = train(stream(), model, training, validation, options,
                                   {.batch = {},
                                    .epoch =
                                        [&](const EpochRecord& record, bool is_best) {
                                          CHECK(is_best == (record.val_loss < lowest));
                                          if (!is_best) return;
                                          lowest = record.val_loss;
                                          best = weights_of(model);
                                        },
                                    .stop = {}});
  CHECK(result.stopped_early);
  CHECK(result.history.size() == static_cast<std::size_t>(result.best_epoch) + 3);
  CHECK(result.history.size() < 50);
  CHECK(result.history[static_cast<std::size_t>(result.best_epoch) - 1].val_loss == lowest);
  CHECK(weights_of(model) == best);
  CHECK(mean_loss(predict(stream(), model, validation), validation.labels()) == lowest);

  options.epochs = 5;
  options.patience = 0;
  Model patient = fresh_model();
  CHECK(train(stream(), patient, training, validation, options).history.size() == 5);
}

TEST_CASE("trainer: equal runs give equal bytes, other seeds other weights") {
  const auto path = std::filesystem::temp_directory_path() /
                    concat("pellucid_trainer_", ::getpid(), ".safetensors");
  const ImageSet training = images(halves(20, 1)), validation = images(halves(10, 2));
  const auto run = [&](std::uint64_t seed, int fetch_interval) {
    Model model = fresh_model();
    TrainOptions options = quick();
    options.epochs = 2;
    options.seed = seed;
    options.fetch_interval = fetch_interval;
    train(stream(), model, training, validation, options);
    save_checkpoint(stream(), model, {}, path);
    const auto bytes = read_file(path);
    std::filesystem::remove(path);
    return bytes;
  };
  const auto first = run(5, 1);
  CHECK(run(5, 100) == first);
  CHECK(run(6, 1) != first);
}

TEST_CASE("trainer: stops at the first loss that is not finite") {
  Model model = fresh_model();
  const ImageSet training = images(halves(20, 1));
  Parameter* bias = model.parameters().back();
  bias->set_value(Tensor::from_host(
      stream(), {2}, std::vector<float>{std::numeric_limits<float>::quiet_NaN(), 0}));
  CHECK_THROWS_WITH_AS(train(stream(), model, training, training, quick()),
                       "the loss became nan at step 1 of epoch 1; a lower learning rate may help",
                       Error);
  Model diverging = fresh_model();
  TrainOptions options = quick();
  options.learning_rate = 1e30;
  bool named = false;
  try {
    train(stream(), diverging, training, training, options);
  } catch (const Error& error) {
    named = std::string(error.what()).find("at step 2 of epoch 1") != std::string::npos ||
            std::string(error.what()).find("at step 3 of epoch 1") != std::string::npos;
  }
  CHECK(named);
}

TEST_CASE("trainer: the batch order depends on seed and epoch only") {
  const auto order = batch_order(1, 1, 100);
  CHECK(order == batch_order(1, 1, 100));
  CHECK(order != batch_order(1, 2, 100));
  CHECK(order != batch_order(2, 1, 100));
  CHECK(std::set<std::int32_t>(order.begin(), order.end()).size() == 100);
  CHECK(*std::max_element(order.begin(), order.end()) == 99);
  CHECK(batch_order(1, 1, 1) == std::vector<std::int32_t>{0});
  // Every sample comes first about equally often: 2000 draws of 10, standard deviation 13.4.
  std::vector<int> first(10);
  for (int epoch = 0; epoch < 2000; ++epoch)
    ++first[static_cast<std::size_t>(batch_order(7, epoch, 10)[0])];
  for (const int count : first) CHECK(std::abs(count - 200) < 54);
}

TEST_CASE("trainer: options out of range are usage errors") {
  const auto error_of = [](const auto& change) {
    TrainOptions options;
    change(options);
    try {
      check_train_options(options, 3);
    } catch (const UsageError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  CHECK(error_of([](TrainOptions&) {}) == "no error");
  CHECK(error_of([](TrainOptions& o) { o.epochs = 0; }) ==
        "the number of epochs must be at least 1, got 0");
  CHECK(error_of([](TrainOptions& o) { o.batch = -2; }) != "no error");
  CHECK(error_of([](TrainOptions& o) { o.learning_rate = -1; }) != "no error");
  CHECK(error_of([](TrainOptions& o) { o.patience = -1; }) != "no error");
  CHECK(error_of([](TrainOptions& o) { o.weight_decay = -1; }) ==
        "the weight decay must be 0 or more, got -1");
  CHECK(error_of([](TrainOptions& o) { o.fetch_interval = 0; }) != "no error");
  CHECK(error_of([](TrainOptions& o) {
          o.class_weights = {1, 2};
        }) == "the number of class weights must be that of the model's classes, 3, got 2");
  CHECK(error_of([](TrainOptions& o) { o.class_weights = {1, 0, 2}; }) != "no error");
}

TEST_CASE("image set: batches are gathered on the device, bad samples named") {
  std::vector<Sample> samples = halves(3, 1);
  const ImageSet set(stream(), samples, 8, 8, 3, 2);
  const Tensor batch =
      set.batch(stream(), Tensor::from_host(stream(), {2}, std::vector<std::int32_t>{2, 0}));
  CHECK(batch.shape() == Shape{2, 8, 8, 3});
  const auto values = batch.to_host<float>(stream());
  for (std::size_t i : {std::size_t{0}, std::size_t{63}})
    for (std::size_t c = 0; c < 3; ++c) {
      CHECK(values[i * 3 + c] == doctest::Approx(samples[2].pixels[i] / 255.0));
      CHECK(values[(64 + i) * 3 + c] == doctest::Approx(samples[0].pixels[i] / 255.0));
    }
  std::vector<Sample> colour = samples;
  for (Sample& sample : colour) {
    sample.pixels.bytes().clear();
    for (int i = 0; i < 8 * 8 * 3; ++i)
      sample.pixels.bytes().push_back(static_cast<std::uint8_t>(i + sample.label));
  }
  const ImageSet rgb(stream(), colour, 8, 8, 3, 2);
  const auto rgb_values =
      rgb.batch(stream(), Tensor::from_host(stream(), {1}, std::vector<std::int32_t>{1}))
          .to_host<float>(stream());
  for (std::size_t i = 0; i < 192; ++i)
    CHECK(rgb_values[i] == doctest::Approx(colour[1].pixels[i] / 255.0));
  colour[2].pixels.bytes().resize(64);
  CHECK_THROWS_WITH_AS(ImageSet(stream(), colour, 8, 8, 3, 2),
                       "sample half2 has 64 pixels, expected 8x8x3", Error);

  samples[1].label = 2;
  CHECK_THROWS_WITH_AS(images(samples), "sample half1 has the label 2, the model has 2 classes",
                       Error);
  samples[1].pixels.bytes().pop_back();
  CHECK_THROWS_WITH_AS(images(samples), "sample half1 has 63 pixels, expected 8x8", Error);
  CHECK_THROWS_AS(images({}), Error);
}

TEST_CASE("image set: pictures of several depths, each over its own white, to the bit") {
  const auto sample_of = [](const Pixels& pixels) {
    Sample sample;
    sample.pixels = pixels;
    return sample;
  };
  const std::vector<Sample> samples = {sample_of({0, 1, 128, 255}),
                                       sample_of({Pixels::Words{0, 1, 30000, 65535}, 65535}),
                                       sample_of({Pixels::Bytes{0, 1, 2, 3}, 3}),
                                       sample_of({Pixels::Words{0, 333, 999, 1000}, 1000})};
  const std::vector<std::int32_t> order{3, 0, 1, 2};
  // The first alone is uploaded in bytes, all together in words: the same values.
  for (const std::size_t count : {std::size_t{1}, samples.size()}) {
    const ImageSet set(stream(), std::span(samples).first(count), 2, 2, 1, 1);
    for (std::size_t i = 0; i < count; ++i) {
      const std::vector<std::int32_t> index{static_cast<std::int32_t>(i)};
      CHECK(set.batch(stream(), Tensor::from_host(stream(), {1}, index)).to_host<float>(stream()) ==
            unit_values(samples[i].pixels));
    }
  }
}
