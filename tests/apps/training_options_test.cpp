// What a training may be asked for: pictures varied, classes weighted, weights to begin with.
#include <doctest/doctest.h>

#include <filesystem>

#include "tests/apps/own_training.h"

using namespace pellucid;
using namespace pellucid::test;

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
