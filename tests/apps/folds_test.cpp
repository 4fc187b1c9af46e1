// Cross-validation through the programs.
#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include "nn/data/phantom/phantom.h"
#include "nn/data/source/packed.h"
#include "runtime/file.h"
#include "runtime/formats/json.h"
#include "tests/apps/process.h"
#include "tests/apps/run_folder.h"
#include "tests/support/device.h"

using namespace pellucid;
using test::in_work;
using test::is_error;
using test::run;
using test::with;

namespace {

// A packed set of phantoms in which the left and the right breast of a woman are there, divided
// otherwise than the folds will be.
const std::string& packed_women() {
  static const std::string file = [] {
    PhantomOptions options;
    options.size = 64;
    options.train_per_class = 4;
    options.valid_per_class = options.test_per_class = 1;
    Dataset set = make_phantom(options, 11);
    int number = 0;
    for (std::vector<Sample>* samples : {&set.train, &set.valid, &set.test})
      for (Sample& sample : *samples) {
        sample.id = "phantom" + std::to_string(100000 + number);  // the number tells the woman
        sample.group = "woman" + std::to_string(number++ / 2);
      }
    const std::string path = in_work("women.safetensors");
    pack_dataset(set, path);
    return path;
  }();
  return file;
}

std::vector<std::string> training(const std::string& out) {
  return {
      "--data", packed_women(), "--split", "woman",   "--folds", "3",        "--model",
      "tiny",   "--epochs",     "1",       "--batch", "6",       "--device", test::device_name(),
      "--out",  in_work(out)};
}

}  // namespace

TEST_CASE(
    "a cross-validation classifies each sample once, by the model that saw nothing of its "
    "woman; interrupted, it is resumed to the same bytes") {
  const test::Outcome trained = run("pellucid-train", training("folds"));
  INFO(trained.err);
  REQUIRE(trained.code == 0);
  CHECK(trained.out.find("18 images of all folds") != std::string::npos);

  const std::string csv = read_text_file(in_work("folds/predictions.csv"));
  std::istringstream lines(csv);
  std::map<std::string, std::string> fold_of;     // id →
  std::map<int, std::set<std::string>> of_woman;  // the folds that test her pictures
  std::string line;
  std::getline(lines, line);
  CHECK(line ==
        "id,subset,true,predicted,probability_normal,probability_benign,"
        "probability_malignant");
  while (std::getline(lines, line)) {
    const std::string id = line.substr(0, line.find(',')), fold = line.substr(id.size() + 1, 5);
    CHECK(fold_of.emplace(id, fold).second);
    of_woman[std::stoi(id.substr(7)) / 2].insert(fold);
  }
  CHECK(fold_of.size() == 18);
  CHECK(of_woman.size() == 9);
  for (const auto& [woman, folds] : of_woman) CHECK(folds.size() == 1);
  const Json figures =
      parse_json(read_text_file(in_work("folds/evaluation.json")), "evaluation.json");
  CHECK(figures["samples"] == 18);
  CHECK(figures["intervals"]["resampled"] == "groups");
  CHECK(figures["intervals"]["units"] == 9);
  CHECK(std::filesystem::exists(in_work("folds/roc.svg")));

  // As if it had been killed in the second fold.
  const std::filesystem::path half = in_work("folds-half");
  std::filesystem::create_directories(half);
  std::filesystem::copy(in_work("folds/fold1"), half / "fold1");
  CHECK(is_error(run("pellucid-train", training("folds-half")), 1, "a run is there already"));
  const test::Outcome resumed =
      run("pellucid-train", with(training("folds-half"), {"--resume", "--json", "-"}));
  REQUIRE(resumed.code == 0);
  CHECK(parse_json(resumed.out, "stdout")["confusion_matrix"] == figures["confusion_matrix"]);
  CHECK(read_text_file(half / "predictions.csv") == csv);
  CHECK(read_file(half / "fold3/model.safetensors") ==
        read_file(in_work("folds/fold3/model.safetensors")));

  // One fold by itself is that fold.
  REQUIRE(run("pellucid-train", with(training("folds-two"), {"--fold", "2"})).code == 0);
  CHECK(read_file(in_work("folds-two/model.safetensors")) ==
        read_file(in_work("folds/fold2/model.safetensors")));
}

TEST_CASE("a profile is of one fold") {
  CHECK(is_error(run("pellucid-train", with(training("folds-profile"), {"--profile", "p.json"})), 2,
                 "--profile is of one training; choose one of --folds with --fold"));
}

TEST_CASE("evaluating all folds gives what training them gave; one fold gives its part") {
  if (!std::filesystem::exists(in_work("folds/predictions.csv")))
    REQUIRE(run("pellucid-train", training("folds")).code == 0);
  const std::vector<std::string> data = {"--data",   packed_women(),     "--split",
                                         "woman",    "--folds",          "3",
                                         "--device", test::device_name()};
  const std::string csv = in_work("folds-again.csv");
  REQUIRE(run("pellucid-evaluate", with(data, {"--model", in_work("folds"), "--predictions", csv}))
              .code == 0);
  CHECK(read_text_file(csv) == read_text_file(in_work("folds/predictions.csv")));
  const test::Outcome one = run(
      "pellucid-evaluate", with(data, {"--fold", "1", "--model",
                                       in_work("folds/fold1/model.safetensors"), "--json", "-"}));
  REQUIRE(one.code == 0);
  const Json tested = parse_json(one.out, "stdout");
  CHECK(tested["samples"].get<int>() < 18);
  CHECK(tested["seen"]["trained_on"] == 0);
  CHECK(tested["seen"]["validated_on"] == 0);
  const test::Outcome other =
      run("pellucid-evaluate",
          {"--data", packed_women(), "--split", "woman", "--device", test::device_name(), "--model",
           in_work("folds/fold1/model.safetensors"), "--subset", "all"});
  CHECK(other.code == 0);
  CHECK(other.out.find(" of 18 images were trained on, ") != std::string::npos);
  CHECK(other.out.find("\n0 of 18 images") == std::string::npos);

  CHECK(is_error(
      run("pellucid-evaluate", with(data, {"--model", in_work("folds"), "--data-seed", "5"})), 1,
      "was not trained on the other folds of these data"));
  CHECK(is_error(
      run("pellucid-evaluate", with(data, {"--model", in_work("folds"), "--subset", "train"})), 2,
      "--subset has no meaning"));
  CHECK(is_error(run("pellucid-data", {"--data", packed_women(), "--folds", "3"}), 2,
                 "--folds 3 needs --fold"));
  CHECK(is_error(run("pellucid-data", {"--data", packed_women(), "--fold", "3"}), 2, "--folds"));
  CHECK(is_error(
      run("pellucid-data", {"--data", "phantom", "--phantom-count", "4,2,2", "--split", "woman"}),
      2, "it is not known whose picture"));
  CHECK(is_error(run("pellucid-data", {"--data", packed_women(), "--protocol", "fixed-scale"}), 2,
                 "--protocol is for the folder of mini-MIAS only"));
  CHECK(is_error(run("pellucid-data", {"--data", packed_women(), "--split", "wooman"}), 2,
                 "unknown split 'wooman'"));
}
