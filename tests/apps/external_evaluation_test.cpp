// A model on pictures of elsewhere: classes in another order, absent, under other names.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <map>

#include "apps/class_matching.h"
#include "apps/evaluation.h"
#include "nn/data/codec/image_file.h"
#include "nn/data/mias/mias.h"
#include "nn/data/source/load.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/csv.h"
#include "tests/apps/process.h"
#include "tests/apps/run_folder.h"
#include "tests/support/device.h"

using namespace pellucid;
using test::in_work;
using test::is_error;
using test::run;
using test::with;

namespace {

// Of so few phantoms as this a network learns next to nothing, which is enough: its figures are compared.
constexpr int kTrain = 6, kTest = 4;
const std::string kCount = concat(kTrain, ",2,", kTest);

// A model of the phantoms, whose classes are not in alphabetical order.
const std::string& model() {
  static const std::string file = [] {
    const test::Outcome outcome =
        run("pellucid-train", {"--data", "phantom", "--phantom-count", kCount, "--model", "tiny",
                               "--epochs", "2", "--lr", "0.003", "--batch", "6", "--device",
                               test::device_name(), "--out", in_work("external-run")});
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    return in_work("external-run/model.safetensors");
  }();
  return file;
}

// The test phantoms as files: names[label] is the sub-folder of a class, "" leaves it out.
std::string test_folder(const std::string& name, const std::vector<std::string>& names) {
  DatasetOptions options;
  options.phantom.train_per_class = kTrain;
  options.phantom.valid_per_class = 2;
  options.phantom.test_per_class = kTest;
  const std::string folder = in_work(name);
  for (const Sample& sample : load_dataset(options).test) {
    const std::string& sub_folder = names[static_cast<std::size_t>(sample.label)];
    if (sub_folder.empty()) continue;
    write_png(folder + "/" + sub_folder + "/" + sample.id + ".png", 64, 64, 1,
              eight_bit(sample.pixels));
  }
  return folder;
}

std::vector<std::string> arguments(const std::vector<std::string>& data) {
  return with({"--model", model(), "--device", test::device_name()}, data);
}

std::vector<std::string> of_folder(const std::string& folder) {
  return arguments({"--data", folder, "--split", "0/0/100"});
}

Json figures_of(const std::vector<std::string>& options) {
  const test::Outcome outcome = run("pellucid-evaluate", with(options, {"--json", "-"}));
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  return parse_json(outcome.out, "stdout");
}

// Of each picture, by the last part of its id, true and predicted class and the probabilities.
std::map<std::string, std::vector<std::string>> predictions_of(
    const std::vector<std::string>& options) {
  const std::string file = in_work("external.csv");
  REQUIRE(run("pellucid-evaluate", with(options, {"--predictions", file})).code == 0);
  std::map<std::string, std::vector<std::string>> rows;
  for (const CsvTable::Row& row : parse_csv(read_text_file(file), file).rows) {
    const std::string& id = row.fields[0];
    const std::size_t dot = id.rfind('.');
    rows[dot == id.npos ? id : id.substr(dot + 1)] = {row.fields.begin() + 2, row.fields.end()};
  }
  return rows;
}

// is_error, but for notes about the pictures before the error.
bool fails(const std::vector<std::string>& options, int code, const std::string& part) {
  const test::Outcome outcome = run("pellucid-evaluate", options);
  INFO(outcome.err);
  return outcome.code == code && outcome.err.find(part) != std::string::npos;
}

void check_equal_figures(const Json& a, const Json& b) {
  CHECK(a["class_names"] == b["class_names"]);
  CHECK(a["confusion_matrix"] == b["confusion_matrix"]);
  // As text, since NaN equals nothing.
  for (const char* key : {"accuracy", "balanced_accuracy", "macro_f1", "macro_precision"})
    CHECK(to_text(a[key]) == to_text(b[key]));
  CHECK(a["loss"].get<double>() == doctest::Approx(b["loss"].get<double>()).epsilon(1e-12));
  for (std::size_t c = 0; c < a["classes"].size(); ++c)
    for (const char* key : {"samples", "precision", "recall", "f1", "auc"})
      CHECK(to_text(a["classes"][c][key]) == to_text(b["classes"][c][key]));
}

}  // namespace

TEST_CASE(
    "external evaluation: classes in another order give the figures of the model's own data") {
  const auto own = arguments({"--data", "phantom", "--phantom-count", kCount});
  const auto folder = of_folder(test_folder("external-all", {"normal", "benign", "malignant"}));
  const auto predictions = predictions_of(own);
  CHECK(predictions.size() == 3 * kTest);
  CHECK(predictions_of(folder) == predictions);
  const Json figures = figures_of(folder);
  check_equal_figures(figures, figures_of(own));
  CHECK(figures["absent_classes"] == Json::array());
  CHECK(figures["data"]["class_names"] == Json({"benign", "malignant", "normal"}));
}

TEST_CASE(
    "external evaluation: an absent class has no figures, and means say over which they are") {
  const auto folder = of_folder(test_folder("external-two", {"normal", "benign", ""}));
  const Json figures = figures_of(folder);
  CHECK(figures["absent_classes"] == Json({"malignant"}));
  CHECK(figures["samples"] == 2 * kTest);
  const Json& absent = figures["classes"][2];
  CHECK(absent["name"] == "malignant");
  CHECK(absent["samples"] == 0);
  for (const char* key : {"precision", "recall", "f1", "auc", "roc"}) CHECK(absent[key].is_null());
  for (const char* key : {"precision_interval", "recall_interval", "auc_interval"})
    CHECK(absent[key] == Json({nullptr, nullptr}));
  const auto recall = [&](std::size_t c) { return figures["classes"][c]["recall"].get<double>(); };
  CHECK(figures["balanced_accuracy"].get<double>() == doctest::Approx((recall(0) + recall(1)) / 2));
  CHECK(figures["baselines"].is_null());

  const test::Outcome text = run("pellucid-evaluate", folder);
  CHECK(text.code == 0);
  CHECK(text.out.find("malignant            0  absent") != std::string::npos);
  CHECK(text.out.find("absent from these data: malignant; balanced accuracy and macro f1 are over "
                      "normal, benign alone") != std::string::npos);
  // What is not divided teaches the simple rules nothing that it does not test.
  const auto undivided = arguments({"--data", in_work("external-two"), "--subset", "all"});
  CHECK(figures_of(undivided)["baselines"].is_null());
  CHECK(figures_of(undivided)["confusion_matrix"] == figures["confusion_matrix"]);
  // One class alone is a set, too.
  const Json one = figures_of(of_folder(test_folder("external-one", {"", "", "malignant"})));
  CHECK(one["absent_classes"] == Json({"normal", "benign"}));
  CHECK(one["accuracy"] == one["classes"][2]["recall"]);
}

TEST_CASE("external evaluation: classes under other names") {
  const auto folder = of_folder(test_folder("external-names", {"normal", "BI-RADS 2", "benigm"}));
  CHECK(fails(folder, 1,
              "a class 'BI-RADS 2' that it does not have (its classes: normal, benign, malignant; "
              "--map-classes 'BI-RADS 2=CLASS' says which it is)"));
  const Json figures =
      figures_of(with(folder, {"--map-classes", "BI-RADS 2=benign,benigm=benign"}));
  CHECK(figures["classes"][1]["samples"] == 2 * kTest);
  CHECK(figures["absent_classes"] == Json({"malignant"}));
  CHECK(figures["settings"]["map_classes"] ==
        Json({{"BI-RADS 2", "benign"}, {"benigm", "benign"}}));
  // Named as they are in the model, they give its figures.
  check_equal_figures(
      figures_of(with(folder, {"--map-classes", "BI-RADS 2=benign,benigm=malignant"})),
      figures_of(arguments({"--data", "phantom", "--phantom-count", kCount})));

  const auto refused = [&](const std::string& map, const std::string& part) {
    return fails(with(folder, {"--map-classes", map}), 2, part);
  };
  CHECK(refused("benign=benign", "no class 'benign' in the data, did you mean 'benigm'?"));
  CHECK(refused("benigm=bening", "no class 'bening' in the model, did you mean 'benign'?"));
  CHECK(refused("benigm", "--map-classes expects DATA=MODEL,…, got 'benigm'"));
  CHECK(refused("benigm=benign,benigm=normal", "names the class 'benigm' twice"));
  CHECK(is_error(run("pellucid-evaluate",
                     arguments({"--data", "phantom", "--folds", "3", "--map-classes", "a=normal"})),
                 2, "not for the folds of a training"));
}

TEST_CASE("external evaluation: a folder is explained under the model's classes") {
  const test::Outcome outcome =
      run("pellucid-explain", with(of_folder(test_folder("external-explained", {"normal", "", ""})),
                                   {"--max-images", "1", "--subset", "test", "--target", "true",
                                    "--out", in_work("external-maps"), "--json", "-"}));
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(parse_json(outcome.out, "stdout")["images"][0]["true_class"] == "normal");
}

TEST_CASE("external evaluation: films of mini-MIAS, with their circles, give the set's figures") {
  const char* folder = std::getenv("PELLUCID_MIAS");
  if (folder == nullptr) {
    MESSAGE("skipped this case: $PELLUCID_MIAS does not name the folder of the real images");
    return;
  }
  Stream stream(test::device());
  const Json network = parse_json(
      R"({"name": "small", "input": [224, 224, 3], "classes": ["normal", "benign", "malignant"],
          "layers": [{"type": "conv2d", "filters": 4, "kernel": 8, "stride": 8}, {"type": "relu"},
                     {"type": "flatten"}, {"type": "linear", "outputs": 3}]})",
      "network");
  const std::vector<MiasRecord> records = load_mias(folder);
  const Dataset set = divide(mias_dataset(records), {"paper"});
  const Checkpoint checkpoint{Model(stream, network, 3), {describe_preprocessing(set), {}}};

  // The same films as files of elsewhere, in a table that has their circles.
  std::string table = "path,label,circle\n";
  for (const Sample& sample : set.test) {
    const MiasRecord& record =
        records[static_cast<std::size_t>(std::stoi(sample.id.substr(3)) - 1)];
    table += concat(find_image(folder, sample.id).string(), ",",
                    set.class_names[static_cast<std::size_t>(sample.label)], ",");
    if (const auto& lesion = record.lesion)
      table += concat(lesion->x, " ", kMiasFilmSide - lesion->y, " ", lesion->radius);
    table += "\n";
  }
  write_text_file(in_work("films.csv"), table);
  DataOptions options;
  options.data = in_work("films.csv");
  Dataset films = load_data(options, checkpoint);
  CHECK(films.class_names == std::vector<std::string>{"benign", "malignant", "normal"});
  match_classes(checkpoint.model, {}, films);
  const auto figures = [&](const Dataset& data, const char* subset) {
    Evaluation evaluation;
    evaluation.add(stream, checkpoint, data, choose_subset(data, subset), 16);
    return evaluation.figures();
  };
  check_equal_figures(figures(films, "all"), figures(set, "test"));
}
