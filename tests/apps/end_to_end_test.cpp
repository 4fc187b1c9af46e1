// Phantoms → training → evaluation → explanations, through the programs, on the device under test.
#include <doctest/doctest.h>

#include <algorithm>

#include "nn/data/codec/image_file.h"
#include "nn/data/phantom/phantom.h"
#include "runtime/file.h"
#include "runtime/formats/json.h"
#include "runtime/formats/npy.h"
#include "tests/apps/process.h"
#include "tests/support/device.h"

using namespace pellucid;
using test::is_error;
using test::run;

namespace {

std::string in_work(const std::string& name) { return (test::work_folder() / name).string(); }

bool quick() { return test::device() == DeviceKind::emu || test::kSmallShapesOnly; }

// Images a class and epochs: the emulator is for bugs, not for learning.
std::string phantom_count() { return quick() ? "2,1,1" : "16,4,4"; }
std::string epochs() { return quick() ? "1" : "2"; }

std::vector<std::string> training(const std::string& out) {
  return {"--data",   "phantom",   "--phantom-count", phantom_count(),
          "--epochs", epochs(),    "--batch",         "6",
          "--seed",   "3",         "--device",        test::device_name(),
          "--out",    in_work(out)};
}

// Trained once, used by every case.
const std::string& trained_model() {
  static const std::string model = [] {
    const test::Outcome outcome = run("pellucid-train", training("run"));
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    REQUIRE(outcome.out.find("model.safetensors") != std::string::npos);
    return in_work("run") + "/model.safetensors";
  }();
  return model;
}

Json json_of(const std::string& file) { return parse_json(read_text_file(file), file); }

}  // namespace

TEST_CASE("training writes weights, history and settings; equal runs write equal weights") {
  const std::string model = trained_model();
  const Json record = json_of(in_work("run/run.json"));
  CHECK(record["settings"]["seed"] == 3);
  CHECK(record["device"] == test::device_name());
  CHECK(record["class_names"] == Json({"normal", "benign", "malignant"}));
  CHECK(record["data"]["content_hash"].get<std::string>().size() == 32);
  CHECK(record["seconds"].get<double>() > 0);
  CHECK(record["images_per_second"].get<double>() > 0);
  CHECK(read_text_file(in_work("run/training.svg")).find("best epoch") != std::string::npos);
  const std::string history = read_text_file(in_work("run/history.jsonl"));
  CHECK(std::count(history.begin(), history.end(), '\n') == record["epochs"].get<int>());

  std::vector<std::string> again = training("run-again");
  again.insert(again.end(), {"--json", "-"});
  const test::Outcome outcome = run("pellucid-train", again);
  REQUIRE(outcome.code == 0);
  CHECK(parse_json(outcome.out, "stdout")["epochs"] == record["epochs"]);
  CHECK(read_file(in_work("run-again/model.safetensors")) == read_file(model));

  CHECK(is_error(run("pellucid-train", training("run")), 1, "a run is there already"));
}

TEST_CASE("evaluation reports figures that fit each other") {
  const std::string predictions = in_work("predictions.csv");
  const std::vector<std::string> arguments = {"--model",  trained_model(),     "--data",
                                              "phantom",  "--phantom-count",   phantom_count(),
                                              "--device", test::device_name(), "--predictions",
                                              predictions};
  std::vector<std::string> with_json = arguments;
  with_json.insert(with_json.end(), {"--json", "-", "--plots", in_work("plots")});
  const test::Outcome outcome = run("pellucid-evaluate", with_json);
  REQUIRE(outcome.code == 0);
  const Json result = parse_json(outcome.out, "stdout");
  int total = 0, right = 0;
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) {
      const int count = result["confusion_matrix"][i][j].get<int>();
      total += count;
      right += i == j ? count : 0;
    }
  CHECK(total == result["samples"].get<int>());
  CHECK(result["accuracy"].get<double>() == doctest::Approx(static_cast<double>(right) / total));
  const Json& accuracy = result["accuracy_interval"];
  CHECK(accuracy[0].get<double>() <= result["accuracy"].get<double>());
  CHECK(accuracy[1].get<double>() >= result["accuracy"].get<double>());
  CHECK(result["intervals"]["draws"] == 2000);
  CHECK(result["intervals"]["resampled"] == "images");
  CHECK(result["baselines"]["majority"]["balanced_accuracy"].get<double>() ==
        doctest::Approx(1.0 / 3));
  const Json& blur = result["baselines"]["blur"];
  CHECK(blur["network_advantage"].get<double>() ==
        doctest::Approx(result["balanced_accuracy"].get<double>() -
                        blur["balanced_accuracy"].get<double>()));
  CHECK(blur["as_good_as_network"] == !(blur["network_advantage_interval"][0] > 0.0));
  CHECK(read_text_file(in_work("plots/roc.svg")).find("malignant: AUC") != std::string::npos);
  CHECK(std::filesystem::exists(in_work("plots/confusion_matrix.svg")));
  const std::string csv = read_text_file(predictions);
  CHECK(std::count(csv.begin(), csv.end(), '\n') == 1 + total);
  CHECK(csv.starts_with("id,subset,true,predicted,probability_normal"));

  const test::Outcome table = run("pellucid-evaluate", arguments);
  for (const char* part : {"balanced accuracy", "majority rule", "blur alone", "bootstrap draws"})
    CHECK(table.out.find(part) != std::string::npos);
}

TEST_CASE("explanations come as picture, map and figures") {
  const std::string folder = in_work("explained");
  const test::Outcome outcome =
      run("pellucid-explain",
          {"--model", trained_model(), "--data", "phantom", "--phantom-count", phantom_count(),
           "--subset", "test", "--target", "true", "--device", test::device_name(), "--max-images",
           "3", "--out", folder, "--json", "-"});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const Json summary = parse_json(outcome.out, "stdout");
  CHECK(summary["methods"]["gradcam"]["pointing_game"]["lesions"] == 2);
  REQUIRE(summary["images"].size() == 3);
  for (const Json& image : summary["images"]) {
    const std::string stem = folder + "/" + image["id"].get<std::string>();
    const Json record = json_of(stem + ".json");
    const Json& explanation = record["explanations"][0];
    CHECK(explanation["method"] == "gradcam");
    CHECK(explanation["layer"] == "relu3");
    CHECK(explanation["score"] == "logit");
    CHECK(explanation["target"]["class"] == record["true_class"]);
    CHECK(explanation["cost"]["launches"].get<int>() > 5);
    CHECK(explanation["cost"]["flops"].get<double>() > 1e6);
    const NpyArray map = read_npy(stem + ".gradcam.npy");
    CHECK(map.shape == std::vector<std::int64_t>{64, 64});
    if (!explanation["uniform"].get<bool>()) {
      const std::size_t peak = explanation["peak"]["row"].get<std::size_t>() * 64 +
                               explanation["peak"]["column"].get<std::size_t>();
      CHECK(map.values[peak] == explanation["peak"]["value"].get<float>());
    }
    const std::vector<std::byte> png = read_file(stem + ".gradcam.png");
    const std::string bytes(reinterpret_cast<const char*>(png.data()), png.size());
    for (const char* setting : {"randomize_weights", "gradcam.target", "Software"})
      CHECK(bytes.find(setting) != bytes.npos);
  }
}

TEST_CASE("several class activation maps of a picture, with their settings") {
  const std::string folder = in_work("cams");
  const test::Outcome outcome =
      run("pellucid-explain", {"--model",         trained_model(),
                               "--data",          "phantom",
                               "--phantom-count", phantom_count(),
                               "--subset",        "test",
                               "--max-images",    "1",
                               "--method",        "layercam,gradcam,gradcam++,xgradcam",
                               "--compat",        "pgc",
                               "--device",        test::device_name(),
                               "--out",           folder,
                               "--json",          "-"});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const Json summary = parse_json(outcome.out, "stdout");
  CHECK(summary["settings"]["compat"] == "pgc");
  REQUIRE(summary["images"].size() == 4);
  const std::string stem = folder + "/" + summary["images"][0]["id"].get<std::string>();
  const Json explanations = json_of(stem + ".json")["explanations"];
  const char* methods[] = {"layercam", "gradcam", "gradcam++", "xgradcam"};
  for (std::size_t m = 0; m < 4; ++m) {
    CHECK(explanations[m]["method"] == methods[m]);
    CHECK(explanations[m].contains("channel_weights") == (m != 0));
    CHECK(read_npy(stem + "." + methods[m] + ".npy").shape == std::vector<std::int64_t>{64, 64});
    CHECK(std::filesystem::exists(stem + "." + methods[m] + ".png"));
  }
  CHECK(explanations[2]["compat"] == "pgc");
  CHECK(explanations[2]["form"] == "paper");
  CHECK(explanations[2]["epsilon"].get<float>() == 1e-6f);
  CHECK(explanations[3]["epsilon"].get<float>() == 1e-7f);
  const auto refused = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"--model", trained_model(), "--data", "phantom"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run("pellucid-explain", arguments);
  };
  CHECK(is_error(refused({"--method", "gradcan"}), 2, "did you mean 'gradcam'?"));
  CHECK(is_error(refused({"--compat", "xplike"}), 2, "did you mean 'xplique'?"));
  CHECK(is_error(refused({"--method", "all", "--compat", "torch-cam"}), 2, "leave gradcam++ out"));
  CHECK(is_error(refused({"--method", "gradcam++", "--epsilon", "-1"}), 2,
                 "--epsilon expects a number from 0 to 1"));
  CHECK(is_error(refused({"--method", "lime", "--compat", "pgc"}), 2, "--compat belongs to"));
}

TEST_CASE("maps are scored, in the record and in the summary, and a resumed run reads the scores") {
  const std::string folder = in_work("scored");
  const auto explain = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"--model",
                                          trained_model(),
                                          "--data",
                                          "phantom",
                                          "--phantom-count",
                                          phantom_count(),
                                          "--subset",
                                          "test",
                                          "--max-images",
                                          "3",
                                          "--target",
                                          "true",
                                          "--method",
                                          "gradcam,kernelshap",
                                          "--segmenter",
                                          "grid",
                                          "--grid",
                                          "3",
                                          "--scores",
                                          "--score-steps",
                                          "8",
                                          "--score-baseline",
                                          "blur(3)",
                                          "--score-sensitivity",
                                          "1",
                                          "--score-randomize",
                                          "--device",
                                          test::device_name(),
                                          "--out",
                                          folder};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run("pellucid-explain", arguments);
  };
  const test::Outcome outcome = explain({"--json", "-"});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const Json summary = parse_json(outcome.out, "stdout");
  CHECK(summary["settings"]["scores"]["baseline"] == "blur(3)");
  int lesions = 0;
  double masses = 0;
  for (const Json& image : summary["images"]) {
    if (image["method"] != "gradcam") continue;
    const Json record = json_of(folder + "/" + image["id"].get<std::string>() + ".json");
    const bool lesion = record["true_class"] != "normal";
    lesions += lesion;
    for (const Json& e : record["explanations"]) {
      CAPTURE(e["method"]);
      const Json &scores = e["scores"], &curves = e["score_curves"];
      CHECK(scores["pointing_game"].is_null() == !lesion);
      if (lesion)
        CHECK((scores["pointing_game"] == 1) == e["localisation"]["peak_in_lesion"].get<bool>());
      if (e["uniform"].get<bool>()) continue;
      CHECK(curves["deletion"].size() == 9);
      CHECK(curves["deletion"][0].get<double>() ==
            doctest::Approx(e["score_value"].get<double>()).epsilon(1e-4));
      CHECK(curves["deletion"][0] == curves["insertion"][8]);
      CHECK(curves["road_morf"].size() == 9);
      CHECK(scores["road_combined"].get<double>() ==
            doctest::Approx(
                (scores["road_lerf"].get<double>() - scores["road_morf"].get<double>()) / 2));
      CHECK(scores["mass_accuracy"].is_null() == !lesion);
      CHECK(scores["sensitivity_max"].get<double>() > 0);
      CHECK(scores["randomization_spearman"].size() == 4);
      CHECK(scores["randomization_spearman"].begin().key() == "fc1");
      CHECK(e["score_cost"]["forwards"].get<int>() > 2 * 8 + 18);
      if (lesion && e["method"] == "gradcam") masses += scores["mass_accuracy"].get<double>();
    }
    CHECK(record["agreement"]["spearman"].contains("gradcam|kernelshap"));
    CHECK(record["agreement"]["top_overlap"].contains("gradcam|kernelshap"));
  }
  const Json& means = summary["methods"]["gradcam"]["scores"];
  REQUIRE(means["mass_accuracy"]["images"].get<int>() > 0);
  CHECK(means["mass_accuracy"]["images"].get<int>() <= lesions);
  CHECK(means["mass_accuracy"]["mean"].get<double>() ==
        doctest::Approx(masses / means["mass_accuracy"]["images"].get<double>()));
  CHECK(means["follows_weights"].is_boolean());

  const Json again = parse_json(explain({"--resume", "--json", "-"}).out, "stdout");
  CHECK(again["methods"] == summary["methods"]);
  CHECK(explain({"--resume"}).out.find("gradcam: deletion AUC") != std::string::npos);
  CHECK(is_error(explain({"--resume", "--score-steps", "9"}), 1, "settings.scores.steps was 8"));
  const std::string file = folder + "/" + summary["images"][0]["id"].get<std::string>() + ".json";
  Json record = json_of(file);
  record["explanations"][0]["scores"]["sparseness"] = "much";
  write_text_file(file, to_text(record));
  CHECK(is_error(explain({"--resume"}), 1, "explanations[0].scores.sparseness"));
}

TEST_CASE("drawn weights give another map, and the same one each time") {
  const auto explain = [](const std::string& out, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {
        "--model",       trained_model(), "--data",   "phantom",           "--phantom-count",
        phantom_count(), "--subset",      "test",     "--max-images",      "1",
        "--target",      "malignant",     "--device", test::device_name(), "--out",
        in_work(out)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const test::Outcome outcome = run("pellucid-explain", arguments);
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    for (const auto& entry : std::filesystem::directory_iterator(in_work(out)))
      if (entry.path().extension() == ".npy") return read_npy(entry.path()).values;
    return std::vector<float>{};
  };
  const std::vector<float> trained = explain("trained", {});
  const std::vector<float> drawn = explain("drawn", {"--randomize-weights", "--seed", "8"});
  CHECK(trained.size() == 64 * 64);
  CHECK(trained != drawn);
  CHECK(drawn == explain("drawn-again", {"--randomize-weights", "--seed", "8"}));
}

TEST_CASE("files are explained too; those that fail are listed, and the exit code is 3") {
  const Sample sample = phantom_sample(64, 9, 1, 2);
  const std::string good = in_work("good.png"), small = in_work("small.png");
  write_png(good, 64, 64, 1, sample.pixels.bytes());
  write_png(small, 32, 32, 1, std::vector<std::uint8_t>(32 * 32, 9));
  const std::string folder = in_work("files");
  const auto explain = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"--model",           trained_model(), "--device",
                                          test::device_name(), "--out",         folder};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run("pellucid-explain", arguments);
  };
  CHECK(is_error(explain({"--image", small}), 1, "wrong size (found 32 x 32"));
  CHECK(is_error(explain({"--image", in_work("missing.png")}), 1, "missing.png"));
  CHECK(is_error(explain({"--image", good, "--target", "true"}), 1, "true class"));
  CHECK(is_error(explain({"--image", good, "--layer", "conv9"}), 2, "known: conv1"));
  CHECK(is_error(explain({"--image", good, "--target", "malign"}), 2, "unknown target 'malign'"));
  CHECK(is_error(explain({"--image", good, "--ids", "x"}), 2, "--ids belongs to --data"));
  CHECK(is_error(explain({"--data", "phantom", "--phantom-count", "1,1,1", "--ids", "phantom99"}),
                 1, "no image 'phantom99'"));
  CHECK_FALSE(std::filesystem::exists(folder));

  const test::Outcome outcome = explain({"--image", good, small, "--score", "probability"});
  CHECK(outcome.code == 3);
  CHECK(std::filesystem::exists(folder + "/good.gradcam.png"));
  const std::string failures = read_text_file(folder + "/failures.jsonl");
  CHECK(std::count(failures.begin(), failures.end(), '\n') == 1);
  CHECK(parse_json(failures, "failures")["id"] == "small");

  CHECK(explain({"--image", good, "--circle", "30,30,8"}).code == 0);
  CHECK_FALSE(std::filesystem::exists(folder + "/failures.jsonl"));
  CHECK(json_of(folder + "/good.json")["explanations"][0]["localisation"]["annotation"] ==
        "circle");
}

TEST_CASE("a model and data that do not fit are refused, and nothing is written") {
  const std::vector<std::string> data = {"--data",   "phantom",          "--phantom-count",
                                         "1,1,1",    "--phantom-size",   "32",
                                         "--device", test::device_name()};
  const auto with = [&](const std::vector<std::string>& more) {
    std::vector<std::string> all = data;
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  CHECK(is_error(run("pellucid-evaluate", with({"--model", trained_model()})), 1,
                 "the data do not fit the model: images of 32x32x1"));
  const std::string out = in_work("refused");
  CHECK(is_error(run("pellucid-train", with({"--model", "tiny", "--out", out})), 1,
                 "the data do not fit the model"));
  CHECK(is_error(run("pellucid-train", with({"--model", "tinny", "--out", out})), 1, "tinny"));
  CHECK_FALSE(std::filesystem::exists(out));

  const std::string broken = in_work("broken.safetensors");
  std::vector<std::byte> bytes = read_file(trained_model());
  bytes.resize(bytes.size() - 100);
  write_file(broken, bytes);
  CHECK(is_error(run("pellucid-explain", {"--model", broken, "--data", "phantom", "--out", out}), 1,
                 "broken.safetensors"));
  CHECK_FALSE(std::filesystem::exists(out));
}
