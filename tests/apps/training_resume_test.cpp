// Runs that go on: with more epochs, more patience, and nothing else that differs.
#include <doctest/doctest.h>

#include <filesystem>

#include "tests/apps/own_training.h"

using namespace pellucid;
using namespace pellucid::test;

TEST_CASE("a finished run goes on with more epochs, to the bytes of one that had them at once") {
  REQUIRE(train("six", {"--epochs", "6", "--patience", "0"}).code == 0);
  REQUIRE(train("three", {"--epochs", "3", "--patience", "0"}).code == 0);
  const auto three = contents_of("three");

  SUBCASE("whatever differs besides is named, and nothing is touched") {
    CHECK(is_error(train("three", {"--epochs", "9", "--patience", "0", "--resume", "--lr", "0.1"}),
                   1, "this run was begun otherwise: settings.learning_rate was 0.003, is 0.1"));
    CHECK(is_error(train("three", {"--epochs", "9", "--resume", "--augment", "flip"}), 1,
                   "settings.augment was null, is \"flip\""));
    CHECK(is_error(train("three", {"--epochs", "9", "--resume", "--weight-decay", "0.1"}), 1,
                   "settings.weight_decay was null, is 0.1"));
    CHECK(is_error(train("three", {"--epochs", "9", "--resume", "--schedule", "cosine"}), 1,
                   "settings.schedule was null, is \"cosine\""));
    CHECK(is_error(train("three", {"--epochs", "2", "--resume"}), 1,
                   "--epochs was 3, is 2; a run that is resumed may be given more, not fewer"));
    CHECK(is_error(train("three", {"--patience", "7", "--resume"}), 1,
                   "--patience was 0, is 7; a run that is resumed may be given more"));
    CHECK(is_error(train("three", {"--epochs", "6"}), 1, "a run is there already"));
    CHECK(contents_of("three") == three);
  }
  const Outcome again = train("three", {"--resume", "--json", "-"});  // limits as they were
  CHECK(again.code == 0);
  CHECK(holds(again.err, "the run is finished; nothing to resume"));
  CHECK(parse_json(again.out, "stdout") == record_of("three"));
  CHECK(contents_of("three") == three);

  const Outcome more = train("three", {"--epochs", "6", "--resume"});
  INFO(more.err);
  REQUIRE(more.code == 0);
  CHECK(holds(more.err, "raised --epochs from 3 to 6"));
  CHECK(contents_of("three") == contents_of("six"));
  std::filesystem::remove_all(in_work("three"));
  std::filesystem::remove_all(in_work("six"));
}

TEST_CASE("all folds of a cross-validation go on with more epochs") {
  const auto folded = [&](const std::string& out, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = training(out);
    arguments.erase(arguments.begin() + 4, arguments.begin() + 6);  // --split
    return run("pellucid-train", with(with(arguments, {"--folds", "3", "--patience", "0"}), more));
  };
  REQUIRE(folded("folds-two", {"--epochs", "2"}).code == 0);
  REQUIRE(folded("folds-one", {"--epochs", "1"}).code == 0);
  const Outcome other = folded("folds-one", {"--epochs", "2", "--resume", "--batch", "5"});
  CHECK(other.code == 1);
  CHECK(holds(other.err, "settings.batch was 4, is 5"));
  const Outcome more = folded("folds-one", {"--epochs", "2", "--resume"});
  INFO(more.err);
  REQUIRE(more.code == 0);
  for (const char* fold : {"/fold1", "/fold2", "/fold3"})
    CHECK(contents_of(std::string("folds-one") + fold) ==
          contents_of(std::string("folds-two") + fold));
  CHECK(read_text_file(in_work("folds-one/predictions.csv")) ==
        read_text_file(in_work("folds-two/predictions.csv")));
  CHECK(folded("folds-one", {"--resume"}).code == 0);  // as many as they were raised to
}

TEST_CASE("a run that is finished and has no checkpoint says what it cannot do") {
  REQUIRE(train("bare", {"--epochs", "2"}).code == 0);
  std::filesystem::remove(in_work("bare/checkpoint.safetensors"));
  CHECK(holds(train("bare", {"--resume"}).err, "the run is finished; nothing to resume"));
  CHECK(is_error(train("bare", {"--resume", "--lr", "0.1"}), 1,
                 "settings.learning_rate was 0.003, is 0.1"));
  CHECK(is_error(train("bare", {"--resume", "--epochs", "4"}), 1,
                 "settings.epochs was 2, is 4, but the run is finished and has no "
                 "checkpoint.safetensors to go on from; --init"));
  CHECK(is_error(run("pellucid-train", with(training("bare"), {"--resume", "--split", "50/25/25"})),
                 1, "settings.split was \"60/20/20\", is \"50/25/25\""));
}

TEST_CASE("a run that stopped early goes on with more patience") {
  // No step moves a weight, so that the first epoch stays the best one.
  const std::vector<std::string> still = {"--lr", "1e-12", "--epochs", "6"};
  REQUIRE(train("patient", with(still, {"--patience", "3"})).code == 0);
  REQUIRE(train("early", with(still, {"--patience", "1"})).code == 0);
  CHECK(record_of("early")["epochs"] == 2);
  const Outcome epochs =
      train("early", {"--lr", "1e-12", "--epochs", "9", "--patience", "1", "--resume"});
  CHECK(epochs.code == 0);
  CHECK(holds(epochs.err, "the run had stopped early, after 2 epochs"));
  CHECK(record_of("early")["epochs"] == 2);
  CHECK(record_of("early")["settings"]["epochs"] == 9);
  const Outcome more = train("early", {"--lr", "1e-12", "--patience", "3", "--resume"});
  CHECK(more.code == 0);
  CHECK(record_of("early")["epochs"] == 4);
  CHECK(record_of("early")["epochs"] == record_of("patient")["epochs"]);
}

TEST_CASE("a cosine over more epochs than a run was begun with is another one, and that is said") {
  REQUIRE(train("wave", {"--epochs", "2", "--schedule", "cosine"}).code == 0);
  CHECK(record_of("wave")["settings"]["schedule"] == "cosine");
  CHECK(provenance_of("wave")["settings"]["schedule"] == "cosine");
  CHECK_FALSE(holds(record_of("wave")["warnings"].dump(), "cosine"));
  const Outcome more = train("wave", {"--epochs", "4", "--schedule", "cosine", "--resume"});
  REQUIRE(more.code == 0);
  const std::string said = "1 of the 4 epochs had the learning rate of a cosine over fewer epochs";
  CHECK(holds(more.out, said));
  CHECK(holds(record_of("wave")["warnings"].dump(), said));
  CHECK(is_error(train("wave2", {"--schedule", "step"}), 2,
                 "unknown schedule 'step' (known: constant, cosine)"));
}
