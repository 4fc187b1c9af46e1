// What a training may be asked for: pictures varied, classes weighted, weights to begin with, more epochs.
#include <doctest/doctest.h>

#include <filesystem>

#include "nn/data/codec/image_file.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/json.h"
#include "runtime/formats/safetensors.h"
#include "tests/apps/process.h"
#include "tests/apps/run_folder.h"

using namespace pellucid;
using test::contents_of;
using test::in_work;
using test::is_error;
using test::Outcome;
using test::run;
using test::with;

namespace {

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Pictures of 16 × 16 in classes a, b, …: `counts[c]` each.
std::string folder_of(const std::string& name, const std::vector<int>& counts, int planes = 1) {
  const std::string folder = in_work(name);
  for (std::size_t c = 0; c < counts.size(); ++c)
    for (int i = 0; i < counts[c]; ++i) {
      const std::string path =
          folder + "/" + static_cast<char>('a' + c) + "/" + std::to_string(i) + ".png";
      std::filesystem::create_directories(std::filesystem::path(path).parent_path());
      std::vector<std::uint8_t> pixels(256 * static_cast<std::size_t>(planes));
      for (std::size_t p = 0; p < pixels.size(); ++p)
        pixels[p] = static_cast<std::uint8_t>(p * (3 * c + 1) + 7 * static_cast<std::size_t>(i));
      write_png(path, 16, 16, planes, pixels);
    }
  return folder;
}

std::string network(const std::string& name, int outputs, int channels = 1) {
  const std::string path = in_work(name + ".json");
  write_text_file(path, concat(R"({"name": ")", name, R"(", "input": [16, 16, )", channels,
                               R"(], "layers": [{"type": "conv2d", "filters": 2, "kernel": 3},
                               {"type": "flatten"}, {"type": "linear", "outputs": )",
                               outputs, "}]}"));
  return path;
}

// Of two classes, 6 and 12 pictures, divided 60/20/20 unless told otherwise.
std::vector<std::string> training(const std::string& out) {
  static const std::string data = folder_of("options", {6, 12}), model = network("net", 2);
  return {"--data",  data,        "--size",   "16",
          "--split", "60/20/20",  "--model",  model,
          "--batch", "4",         "--seed",   "3",
          "--lr",    "0.003",     "--device", test::device_name(),
          "--out",   in_work(out)};
}

Outcome train(const std::string& out, const std::vector<std::string>& more) {
  return run("pellucid-train", with(training(out), more));
}

Json record_of(const std::string& out) { return read_json_file(in_work(out) + "/run.json"); }

Json provenance_of(const std::string& out) {
  return SafetensorsFile::read(in_work(out) + "/model.safetensors")
      .metadata_json("provenance", "a model");
}

}  // namespace

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
  const Outcome again = train("three", {"--resume"});  // epochs and patience as they were
  CHECK(again.code == 0);
  CHECK(holds(again.err, "the run is finished; nothing to resume"));
  CHECK(contents_of("three") == three);

  const Outcome more = train("three", {"--epochs", "6", "--resume"});
  INFO(more.err);
  REQUIRE(more.code == 0);
  CHECK(holds(more.err, "raised: epochs was 3, is 6"));
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

TEST_CASE(
    "pictures are varied by name and strength, for any kind of data, and equally for equal runs") {
  const std::vector<std::string> varied = {"--epochs", "3", "--augment",
                                           "zoom=0.2,flip,rotate=20,brightness=0.1"};
  const Outcome outcome = train("varied", varied);
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const std::string list = "flip,rotate=20,zoom=0.2,brightness=0.1";
  CHECK(holds(outcome.err, "each drawn anew in every epoch by " + list));
  CHECK(record_of("varied")["augmentation"] == list);
  CHECK(record_of("varied")["settings"]["augment"] == list);
  CHECK(provenance_of("varied")["augmentation"] == list);
  ::setenv("OMP_NUM_THREADS", "1", 1);
  REQUIRE(train("varied-again", varied).code == 0);
  ::unsetenv("OMP_NUM_THREADS");
  CHECK(contents_of("varied-again") == contents_of("varied"));
  REQUIRE(train("unvaried", {"--epochs", "3"}).code == 0);
  CHECK(record_of("unvaried")["augmentation"] == "none");
  CHECK_FALSE(record_of("unvaried")["settings"].contains("augment"));
  CHECK(contents_of("unvaried")["model.safetensors"] != contents_of("varied")["model.safetensors"]);

  // Stopped by its epochs and gone on with, it ends as if it had not been.
  REQUIRE(train("part", with({"--augment", varied[3]}, {"--epochs", "1"})).code == 0);
  REQUIRE(train("part", with({"--augment", varied[3]}, {"--epochs", "3", "--resume"})).code == 0);
  CHECK(contents_of("part") == contents_of("varied"));

  const Outcome phantoms =
      run("pellucid-train", {"--data", "phantom", "--phantom-count", "2,1,1", "--phantom-size",
                             "64", "--epochs", "1", "--augment", "flip_vertical,shift=0.1",
                             "--device", test::device_name(), "--out", in_work("varied-phantoms")});
  CHECK(phantoms.code == 0);
  CHECK(record_of("varied-phantoms")["augmentation"] == "flip_vertical,shift=0.1");
  const std::string colour = folder_of("colour", {4, 4}, 3), model = network("rgb", 2, 3);
  CHECK(run("pellucid-train", {"--data", colour, "--size", "16", "--channels", "3", "--split",
                               "50/25/25", "--model", model, "--epochs", "1", "--augment", list,
                               "--device", test::device_name(), "--out", in_work("varied-colour")})
            .code == 0);
  CHECK(is_error(train("none", {"--augment", "rotat=3"}), 2, "did you mean 'rotate'?"));
}

TEST_CASE("the contact sheet shows what training will see, below each class") {
  static const std::string data = folder_of("sheet", {3, 3});
  const auto sheet = [&](const std::vector<std::string>& more) {
    const std::string file = in_work("sheet.png");
    const Outcome outcome =
        run("pellucid-data", with({"--data", data, "--size", "16", "--split", "100/0/0", "--sheet",
                                   file, "--sheet-columns", "3"},
                                  more));
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    return read_image(file);
  };
  const Image plain = sheet({}), varied = sheet({"--augment", "flip_vertical"});
  CHECK(plain.height == 2 + 2 * 18);
  CHECK(varied.height == 2 + 4 * 18);
  // A cell's rows, from above and from below.
  const auto cell = [](const Image& image, int row, int column, bool upside_down) {
    std::vector<int> values;
    for (int y = 0; y < 16; ++y)
      for (int x = 0; x < 16; ++x)
        values.push_back(image.pixels[static_cast<std::size_t>(
            (2 + 18 * row + (upside_down ? 15 - y : y)) * image.width + 2 + 18 * column + x)]);
    return values;
  };
  int upside_down = 0;
  for (int label = 0; label < 2; ++label)
    for (int column = 0; column < 3; ++column) {
      const auto original = cell(plain, label, column, false);
      CHECK(cell(varied, 2 * label, column, false) == original);
      const bool flipped = cell(varied, 2 * label + 1, column, true) == original;
      CHECK((flipped || cell(varied, 2 * label + 1, column, false) == original));
      upside_down += flipped;
    }
  CHECK(upside_down > 0);
  CHECK(upside_down < 6);
  CHECK(sheet({"--augment", "paper"}).height == 2 + 4 * 18);
  CHECK(is_error(run("pellucid-data", {"--data", data, "--augment", "flip"}), 2,
                 "--augment is for --sheet, which is missing"));
}

TEST_CASE("the paper's copies are taken by name, or not") {
  REQUIRE(train("copies", {"--epochs", "1", "--augment", "paper"}).code == 0);
  CHECK(record_of("copies")["augmentation"] == "paper");
  const Json counts = record_of("copies")["data"]["samples_by_class"]["train"];
  CHECK(record_of("copies")["training_images"] == 2 * 16 * counts[0].get<int>());
}

TEST_CASE("classes are weighted by how few they are, and losses say what they are") {
  const Outcome outcome = train("balanced", {"--epochs", "2", "--class-weights", "balanced"});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const Json record = record_of("balanced");
  const Json counts = record["data"]["samples_by_class"]["train"];
  const double all = counts[0].get<double>() + counts[1].get<double>();
  for (std::size_t c : {std::size_t{0}, std::size_t{1}})
    CHECK(record["settings"]["class_weights"][c].get<double>() ==
          doctest::Approx(all / (2 * counts[c].get<double>())));
  CHECK(counts[0] != counts[1]);
  CHECK(record["settings"]["class_weights_rule"] == "balanced");
  CHECK(holds(outcome.err, "balanced class weights: a "));
  CHECK(holds(outcome.err, " (weighted by class), accuracy"));
  CHECK(holds(outcome.err, " (unweighted), accuracy"));
  CHECK(
      holds(read_text_file(in_work("balanced/history.jsonl")), "\"loss_weighted_by_class\":true"));
  const Outcome equal = train("equal", {"--epochs", "2"});
  CHECK_FALSE(holds(equal.err, "weighted"));
  CHECK(holds(read_text_file(in_work("equal/history.jsonl")), "\"loss_weighted_by_class\":false"));
  CHECK(is_error(train("unequal", {"--class-weights", "balance"}), 2, "--class-weights"));
}

TEST_CASE("weight decay shrinks weights and is recorded") {
  REQUIRE(train("light", {"--epochs", "3"}).code == 0);
  REQUIRE(train("heavy", {"--epochs", "3", "--weight-decay", "5"}).code == 0);
  const auto norm = [](const std::string& out) {
    double sum = 0;
    for (const float w :
         SafetensorsFile::read(in_work(out) + "/model.safetensors").values<float>("fc1.weight"))
      sum += double{w} * double{w};
    return sum;
  };
  CHECK(norm("heavy") < norm("light"));
  CHECK(record_of("heavy")["settings"]["weight_decay"] == 5);
  CHECK(provenance_of("heavy")["settings"]["weight_decay"] == 5);
  CHECK_FALSE(provenance_of("light")["settings"].contains("weight_decay"));
}

TEST_CASE("a training begins with the weights of another model, and names those that do not fit") {
  REQUIRE(train("first", {"--epochs", "1"}).code == 0);
  const std::string first = in_work("first/model.safetensors");
  const std::string three = folder_of("three-classes", {4, 4, 4});
  // The description is the model's, with as many outputs as there are classes. No step moves a weight.
  const std::vector<std::string> arguments = {"--data",   three,
                                              "--size",   "16",
                                              "--split",  "50/25/25",
                                              "--init",   first,
                                              "--lr",     "1e-12",
                                              "--epochs", "1",
                                              "--device", test::device_name(),
                                              "--out",    in_work("second")};
  const Outcome outcome = run("pellucid-train", arguments);
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(holds(outcome.out, "first/model.safetensors: 2 of 4 weights taken to begin with"));
  CHECK(holds(outcome.out, "not taken: fc1.weight: (3, 392), there (2, 392)"));
  CHECK(holds(outcome.out, "not taken: fc1.bias: (3), there (2)"));
  const Json record = record_of("second");
  CHECK(record["init"]["taken"] == Json({"conv1.weight", "conv1.bias"}));
  CHECK(record["init"]["not_taken"].size() == 2);
  CHECK(record["settings"]["init"] == first);
  CHECK(record["settings"]["model"] == "net");
  const Json provenance = provenance_of("second");
  CHECK(provenance["init"]["md5"].get<std::string>().size() == 32);
  CHECK(provenance["init"]["provenance"]["data"]["content_hash"] ==
        record_of("first")["data"]["content_hash"]);
  CHECK_FALSE(holds(provenance.dump(), "first/model"));  // no path
  const SafetensorsFile before = SafetensorsFile::read(first),
                        after = SafetensorsFile::read(in_work("second/model.safetensors"));
  CHECK(after.values<float>("conv1.weight") == before.values<float>("conv1.weight"));
  CHECK(after.entry("fc1.weight").shape == std::vector<std::int64_t>{3, 392});

  // Resumed, it is the same file or none.
  REQUIRE(train("other", {"--epochs", "2"}).code == 0);
  std::vector<std::string> exchanged = with(arguments, {"--resume"});
  exchanged[7] = in_work("other/model.safetensors");
  CHECK(is_error(run("pellucid-train", exchanged), 1, "this run was begun otherwise: init was"));
  CHECK(run("pellucid-train", with(arguments, {"--resume"})).code == 0);

  // Of a network that is described, whatever fits; of one that nothing fits, nothing.
  write_text_file(in_work("strange.json"), R"({"name": "strange", "input": [16, 16, 1], "layers": [
    {"type": "conv2d", "filters": 3, "kernel": 5}, {"type": "flatten"},
    {"type": "linear", "outputs": 3}]})");
  CHECK(is_error(run("pellucid-train", with(arguments, {"--model", in_work("strange.json"), "--out",
                                                        in_work("strange")})),
                 1, "no weight fits (found none of a name and shape of model strange"));
  SafetensorsWriter bare;
  const std::vector<float> bias = {0.25f, -0.5f};
  bare.add("fc1.bias", {2}, std::span<const float>(bias));
  bare.add("extra", {2}, std::span<const float>(bias));
  bare.write(in_work("bare-weights.safetensors"));
  const Outcome named = train("from-bare", {"--epochs", "1", "--lr", "1e-12", "--init",
                                            in_work("bare-weights.safetensors")});
  REQUIRE(named.code == 0);
  CHECK(holds(named.out, "unused there: extra"));
  CHECK(SafetensorsFile::read(in_work("from-bare/model.safetensors")).values<float>("fc1.bias") ==
        bias);
  std::vector<std::string> undescribed = arguments;
  undescribed[7] = in_work("bare-weights.safetensors");
  undescribed.back() = in_work("undescribed");
  CHECK(is_error(run("pellucid-train", undescribed), 1, "which --init needs without --model"));
}
