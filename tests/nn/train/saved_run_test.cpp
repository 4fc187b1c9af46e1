// Runs that are stopped, saved and gone on with.
#include <unistd.h>

#include <filesystem>
#include <optional>

#include "nn/train/checkpoint.h"
#include "runtime/file.h"
#include "runtime/formats/safetensors.h"
#include "tests/nn/train/small_training.h"
#include "tests/support/compare.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

// A run in a file of its own, removed at the end.
class SavedRun {
 public:
  ~SavedRun() { std::filesystem::remove(path_); }
  const std::filesystem::path& path() const { return path_; }

  // Trains from the file, if it is there, for at most `batches`; the file then has the new state.
  TrainResult go_on(Model& model, const TrainOptions& options, int batches) {
    const ImageSet training = images(halves(20, 1)), validation = images(halves(10, 2, swapped));
    Trainer trainer(stream(), model, training, validation, options,
                    {.batch = {}, .epoch = {}, .stop = [&] { return batches-- == 0; }});
    if (std::filesystem::exists(path_)) trainer.load(path_, identity);
    const TrainResult result = trainer.run();
    trainer.save(path_, identity);
    return result;
  }

  bool swapped = true;  // the labels of the validation: the first epoch is the best one
  Json identity = {{"settings", {{"batch", 6}, {"seed", 5}}}, {"data", "hash"}};

 private:
  std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / concat("pellucid_run_", ::getpid(), ".safetensors");
};

// Without times.
std::vector<double> figures(const TrainResult& result) {
  std::vector<double> out = {double(result.best_epoch), double(result.stopped_early)};
  for (const EpochRecord& r : result.history)
    for (const double value :
         {r.loss, r.accuracy, r.val_loss, r.val_accuracy, r.val_balanced_accuracy})
      out.push_back(value);
  return out;
}

}  // namespace

TEST_CASE("trainer: stopped after any batch and resumed, it ends with the same bits") {
  TrainOptions options = quick();
  options.epochs = kSmallShapesOnly ? 1 : 5;
  options.patience = 2;  // ends early: what it waits for must be saved too
  Model whole = fresh_model();
  const ImageSet training = images(halves(20, 1)), validation = images(halves(10, 2, true));
  const TrainResult expected = train(stream(), whole, training, validation, options);
  for (const int batches : {1, 2, 3, 5, 7, 1000}) {
    CAPTURE(batches);
    SavedRun run;
    TrainResult result;
    int parts = 0;
    do {  // each part in a model that knows nothing but the file
      Model model = fresh_model(parts == 0 ? 1 : 99);
      result = run.go_on(model, options, batches);
      ++parts;
      if (!result.interrupted) CHECK(weights_of(model) == weights_of(whole));
    } while (result.interrupted);
    CHECK((parts > 1) == (batches < 1000));
    CHECK(figures(result) == figures(expected));
    // And a run that has ended stays ended.
    Model model = fresh_model(99);
    CHECK(figures(run.go_on(model, options, 0)) == figures(expected));
    CHECK(weights_of(model) == weights_of(whole));
  }
}

TEST_CASE(
    "trainer: three epochs and three more are six, to the bit; a cosine falls, epoch by epoch") {
  if (kSmallShapesOnly) return;
  TrainOptions options = quick();
  options.epochs = 6;
  options.patience = 0;
  options.weight_decay = 0.1;
  Model whole = fresh_model();
  const ImageSet training = images(halves(20, 1)), validation = images(halves(10, 2));
  const TrainResult expected = train(stream(), whole, training, validation, options);
  CHECK(expected.best_epoch > 3);
  SavedRun run;
  run.swapped = false;
  TrainOptions first = options;
  first.epochs = 3;
  Model begun = fresh_model(), resumed = fresh_model(99);
  {  // saved while the last weights are there, as a program does after each epoch
    std::optional<Trainer> trainer;
    trainer.emplace(stream(), begun, training, validation, first,
                    TrainCallbacks{.batch = {},
                                   .epoch = [&](const EpochRecord&,
                                                bool) { trainer->save(run.path(), run.identity); },
                                   .stop = {}});
    CHECK(trainer->run().history.size() == 3);
    CHECK(trainer->finished());
  }
  CHECK(saved_identity(run.path()) == run.identity);
  CHECK(figures(run.go_on(resumed, options, 1000)) == figures(expected));
  CHECK(weights_of(resumed) == weights_of(whole));

  options.schedule = Schedule::cosine;
  Model other = fresh_model();
  const TrainResult cosine = train(stream(), other, training, validation, options);
  CHECK(weights_of(other) != weights_of(whole));
  for (const EpochRecord& record : cosine.history)
    CHECK(record.learning_rate == scheduled_rate(options, record.epoch));
  CHECK(cosine.history[0].learning_rate == options.learning_rate);
  CHECK(cosine.history[3].learning_rate ==
        doctest::Approx(options.learning_rate / 2).epsilon(1e-12));
  CHECK(cosine.history[5].learning_rate > 0);
}

TEST_CASE("trainer: the best weights so far are there while a run is interrupted") {
  if (kSmallShapesOnly) return;
  TrainOptions options = quick();
  Model model = fresh_model();
  const ImageSet training = images(halves(20, 1)), validation = images(halves(10, 2));
  int batches = 6;
  std::vector<std::vector<float>> best;
  Trainer trainer(stream(), model, training, validation, options,
                  {.batch = {},
                   .epoch =
                       [&](const EpochRecord&, bool is_best) {
                         if (is_best) best = weights_of(model);
                       },
                   .stop = [&] { return batches-- == 0; }});
  const TrainResult result = trainer.run();
  REQUIRE(result.interrupted);
  CHECK(result.history.size() == 1);
  CHECK(weights_of(model) != best);
  CHECK(trainer.restore_best());
  CHECK(weights_of(model) == best);

  Model early = fresh_model();
  Trainer none(stream(), early, training, validation, options,
               {.batch = {}, .epoch = {}, .stop = [] { return true; }});
  none.run();
  CHECK_FALSE(none.restore_best());
}

TEST_CASE(
    "trainer: a record says whether the training loss is weighted; that of old runs is told") {
  Model model = fresh_model();
  const ImageSet training = images(halves(20, 1));
  TrainOptions options = quick();
  options.epochs = 1;
  options.class_weights = {1, 1};
  CHECK_FALSE(train(stream(), model, training, training, options).history[0].weighted);
  options.class_weights = {1, 2};
  const EpochRecord record = train(stream(), model, training, training, options).history[0];
  CHECK(record.weighted);
  CHECK(to_json(record)["loss_weighted_by_class"] == true);

  // A file from before both keys were there.
  SavedRun run;
  Model begun = fresh_model();
  run.go_on(begun, options, 1000);
  const SafetensorsFile file = SafetensorsFile::read(run.path());
  SafetensorsWriter old;
  SafetensorsMetadata metadata = file.metadata();
  Json history = parse_json(metadata["history"], "history");
  for (const char* key : {"learning_rate", "loss_weighted_by_class"}) {
    CHECK(history[0].contains(key));
    history[0].erase(key);
  }
  metadata["history"] = to_text(history);
  old.set_metadata(metadata);
  for (const SafetensorsEntry& entry : file.entries())
    if (entry.type == SafetensorsType::i32)
      old.add(entry.name, entry.shape,
              std::span<const std::int32_t>(file.values<std::int32_t>(entry.name)));
    else old.add(entry.name, entry.shape, std::span<const float>(file.values<float>(entry.name)));
  old.write(run.path());
  Model resumed = fresh_model();
  const TrainResult result = run.go_on(resumed, options, 1000);
  CHECK(result.history[0].weighted);
  CHECK(result.history[0].learning_rate == options.learning_rate);
}

TEST_CASE("trainer: a saved run goes on only as it was begun, and a damaged one not at all") {
  TrainOptions options = quick();
  SavedRun run;
  Model model = fresh_model();
  run.go_on(model, options, 2);
  const std::string file = run.path().string();
  run.identity["settings"]["batch"] = 8;
  CHECK_THROWS_WITH_AS(run.go_on(model, options, 2),
                       (file + ": this run was begun otherwise: settings.batch was 6, is 8; resume "
                               "it as it was begun, or choose another --out")
                           .c_str(),
                       Error);
  run.identity["settings"]["batch"] = 6;
  const std::vector<std::byte> bytes = read_file(run.path());
  for (const std::size_t kept : {bytes.size() - 1, bytes.size() / 2, std::size_t{9}}) {
    write_file(run.path(), std::span(bytes).first(kept));
    CHECK_THROWS_AS(run.go_on(model, options, 2), Error);
  }
  save_checkpoint(stream(), model, {}, run.path());
  CHECK_THROWS_WITH_AS(
      run.go_on(model, options, 2),
      (file +
       ": not a training run of Pellucid (found no \"format\" in its metadata; expected one)")
          .c_str(),
      Error);
}
