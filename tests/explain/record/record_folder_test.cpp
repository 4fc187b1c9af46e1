#include "explain/record/record_folder.h"

#include <unistd.h>

#include <filesystem>

#include "explain/record/figures.h"
#include "runtime/file.h"
#include "runtime/formats/npy.h"
#include "tests/explain/small_classifier.h"

using namespace pellucid;
using test::stream;

namespace {

// A folder that goes with its test.
struct Folder {
  Folder() {
    static int count = 0;
    path = std::filesystem::temp_directory_path() /
           concat("pellucid-records-", ::getpid(), "-", count++);
    std::filesystem::create_directories(path);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path path;
};

// A run of some methods over one picture, as pellucid-explain makes it.
struct Run {
  Run(const Folder& folder, const std::string& names, std::uint64_t seed = 0)
      : sample(test::make_picture()) {
    sample.annotation = Circle{18, 9, 5};
    run.program = {{"program", "test"},
                   {"version", "1"},
                   {"build", "b"},
                   {"device", "cpu"},
                   {"precision", "exact"}};
    run.methods = parse_methods(names);
    for (Setting& each : settings.list()) {
      if (each.key == "samples") std::get<Setting::Text>(each.value).set("30");
      if (each.key == "segmenter") std::get<Setting::Text>(each.value).set("grid");
    }
    run.task = {.target = {Target::Kind::fixed, 1}, .seed = seed};
    run.settings = {{"method", names}, {"seed", seed}};
    run.settings.update(settings.describe(run.methods));
    run.model_name = "small";
    run.class_names = {"normal", "benign", "malignant"};
    run.folder = folder.path;
    input.id = "p1";
    input.origin = "p1.png";
    input.truth = 2;
    input.md5 = "11";
  }

  ImageRecord write() {
    static const Model model = test::make_model();
    Explainers explainers(stream(), model, settings, run.methods, run.task);
    const std::vector<Explanation> found = explainers.explain(Subject{&sample, input.truth});
    std::optional<ImageScores> scores;
    if (run.settings.contains("scores")) {
      const ScoreSettings of_scores;
      ExplanationScorer scorer(stream(), model, of_scores, settings, run.task);
      scores = scorer.scores(sample, found);
    }
    const RecordFolder folder(run, settings);
    return folder.write(input, found,
                        folder.files_of(input, sample, found, scores ? &*scores : nullptr));
  }

  std::optional<ImageRecord> earlier(bool resume = true) {
    note.clear();
    return RecordFolder(run, settings).earlier(input, resume, note);
  }

  Sample sample;
  MethodSettings settings;
  ExplainRun run;
  RecordedInput input;
  std::string note;
};

std::vector<std::string> methods_of(const ImageRecord& record) {
  std::vector<std::string> names;
  for (const ExplanationRecord& each : record.explanations) names.push_back(each.method);
  return names;
}

using Names = std::vector<std::string>;

Json document_in(const Folder& folder) {
  return read_json_file((folder.path / "p1.json").string());
}

}  // namespace

TEST_CASE(
    "methods of one family are explained one by one, each with the settings that it looks at") {
  const Folder folder;
  Run(folder, "lime").write();
  Run occlusion(folder, "occlusion");
  CHECK_FALSE(occlusion.earlier().has_value());  // LIME's is no hindrance
  occlusion.write();
  const Json document = document_in(folder);
  CHECK(document["settings"]["segmenter"] == "grid");  // of LIME
  CHECK(document["settings"]["window"] == 0);
  CHECK(document["settings"]["method"] == "lime,occlusion");
  Run other(folder, "occlusion");
  for (Setting& each : other.settings.list())
    if (each.key == "fill") std::get<Setting::Text>(each.value).set("image-mean");
  other.run.settings.update(other.settings.describe(other.run.methods));
  CHECK_THROWS_WITH_AS(other.earlier(false), doctest::Contains("settings.fill"), Error);
}

TEST_CASE("a record is read as it was written, and names files that are there") {
  const Folder folder;
  Run run(folder, "gradcam,lime");
  const ImageRecord written = run.write();
  const ImageRecord read = read_image_record(folder.path / "p1.json");
  CHECK(read.settings == written.settings);
  CHECK(methods_of(written) == methods_of(read));
  CHECK(methods_of(read) == Names{"gradcam", "lime"});
  CHECK(read.id == "p1");
  CHECK(read.truth == "malignant");
  CHECK(document_in(folder)["input_md5"] == "11");
  for (const ExplanationRecord& each : read.explanations) {
    CHECK(each.target == "benign");
    CHECK(each.height == test::kSide);
    CHECK(each.peak_in_lesion.has_value());
    CHECK(each.lesion_share == doctest::Approx(3.14159 * 25 / (28 * 28)).epsilon(0.1));
    CHECK(each.figures().at("pointing_game") == (*each.peak_in_lesion ? 1 : 0));
    CHECK(each.figures().at("forwards") == static_cast<double>(each.forwards));
    CHECK(each.map_md5.size() == 32);
    const NpyArray map = read_npy(folder.path / concat("p1.", each.method, ".npy"));
    CHECK(map.shape == std::vector<std::int64_t>{test::kSide, test::kSide});
    CHECK(std::filesystem::exists(folder.path / concat("p1.", each.method, ".png")));
  }
  CHECK(read.find("lime") == &read.explanations[1]);
  CHECK(read.find("rise") == nullptr);
}

TEST_CASE("resuming passes over what is there, made in the same way") {
  const Folder folder;
  Run run(folder, "gradcam,lime");
  CHECK_FALSE(run.earlier());
  const ImageRecord written = run.write();
  const auto found = run.earlier();
  REQUIRE(found);
  CHECK(found->settings == written.settings);
  CHECK(methods_of(*found) == methods_of(written));
  CHECK(run.note.empty());
  CHECK_FALSE(run.earlier(/*resume=*/false));
  // Of a record with more methods, those asked for.
  Run fewer(folder, "lime");
  const auto part = fewer.earlier();
  REQUIRE(part);
  CHECK(methods_of(*part) == Names{"lime"});
  // A method that is not there is no difference.
  CHECK_FALSE(Run(folder, "gradcam,lime,rise").earlier());
}

TEST_CASE(
    "resuming refuses what was made otherwise: a setting, the input, the program, the device") {
  const Folder folder;
  Run(folder, "gradcam,lime").write();
  const auto refuses = [&](Run run, const char* part) {
    CHECK_THROWS_WITH_AS(run.earlier(), doctest::Contains(part), Error);
  };
  refuses(Run(folder, "gradcam,lime", 5), "settings.seed was 0, is 5");
  Run other_input(folder, "gradcam,lime");
  other_input.input.md5 = "22";
  refuses(std::move(other_input), "input_md5 was \"11\", is \"22\"");
  Run other_version(folder, "gradcam");
  other_version.run.program["version"] = "2";
  refuses(std::move(other_version), "version was \"1\", is \"2\"");
  Run other_device(folder, "lime");
  other_device.run.program["device"] = "emu";
  refuses(std::move(other_device), "device was \"cpu\", is \"emu\"");
  Run other_variant(folder, "lime");
  other_variant.run.program["variants"] = {{"linear", "v1"}};
  refuses(std::move(other_variant), "variants");
  Run other_fill(folder, "gradcam,lime");
  other_fill.run.settings["fill"] = "image-mean";
  refuses(std::move(other_fill), "settings.fill was \"segment-mean\", is \"image-mean\"");
  // So does a run that asks for one method more.
  refuses(Run(folder, "gradcam,rise,lime", 5), "settings.seed was 0, is 5");
  // A setting of LIME says nothing of Grad-CAM.
  Run grad_cam(folder, "gradcam");
  CHECK(grad_cam.earlier());
}

TEST_CASE("a file that is missing, cut or changed is made anew, and said") {
  const Folder folder;
  Run run(folder, "gradcam,lime");
  run.write();
  const auto map = folder.path / "p1.lime.npy", picture = folder.path / "p1.gradcam.png";
  std::filesystem::resize_file(map, 200);
  CHECK_FALSE(run.earlier());
  CHECK(run.note == "p1 is explained again: p1.lime.npy was changed");
  Run other(folder, "gradcam");  // whose files are whole
  CHECK(other.earlier());
  run.write();
  CHECK(run.earlier());
  std::vector<std::byte> bytes = read_file(picture);
  bytes[bytes.size() / 2] ^= std::byte{1};
  write_file(picture, bytes);
  CHECK_FALSE(run.earlier());
  CHECK(run.note == "p1 is explained again: p1.gradcam.png was changed");
  std::filesystem::remove(picture);
  CHECK_FALSE(run.earlier());
  CHECK(run.note == "p1 is explained again: p1.gradcam.png is missing");
}

TEST_CASE("without pictures a record names none, and resuming makes none") {
  const Folder folder;
  const auto picture = folder.path / "p1.gradcam.png";
  Run run(folder, "gradcam");
  CHECK(run.write().explanations[0].pictured);
  CHECK(std::filesystem::exists(picture));
  const std::string map_md5 = document_in(folder)["explanations"][0]["files"]["map_md5"];
  Run bare(folder, "gradcam");
  bare.input.pictured = false;
  CHECK_FALSE(bare.write().explanations[0].pictured);
  CHECK_FALSE(std::filesystem::exists(picture));  // that of the map before
  const Json explanation = document_in(folder)["explanations"][0];
  CHECK(explanation["files"] == Json{{"map_md5", map_md5}});
  CHECK_FALSE(explanation["cost"]["stages"].contains("picture"));
  CHECK(run.earlier());
  CHECK(bare.earlier());
  CHECK_FALSE(std::filesystem::exists(picture));
  CHECK(run.note.empty());
}

TEST_CASE("a record that a power cut has left empty is none") {
  const Folder folder;
  Run run(folder, "gradcam");
  run.write();
  std::filesystem::resize_file(folder.path / "p1.json", 0);
  CHECK_FALSE(run.earlier());
  run.write();
  CHECK(run.earlier());
}

TEST_CASE("a second method into one folder joins the record of the first") {
  const Folder folder;
  Run first(folder, "lime");
  first.write();
  const Json lime = document_in(folder)["explanations"][0];
  Run second(folder, "rise,gradcam");
  CHECK_FALSE(second.earlier());
  CHECK(methods_of(second.write()) == Names{"gradcam", "rise"});  // its own
  const ImageRecord both = read_image_record(folder.path / "p1.json");
  CHECK(methods_of(both) == Names{"gradcam", "lime", "rise"});
  CHECK(both.settings["method"] == "gradcam,lime,rise");
  for (const char* key : {"fill", "rise_p", "layer", "samples", "seed"})
    CHECK(both.settings.contains(key));
  CHECK(document_in(folder)["explanations"][1] == lime);
  CHECK_FALSE(document_in(folder).contains("agreement"));
  CHECK(first.earlier());
  CHECK(second.earlier());
  // A method again takes the place of what it was.
  second.write();
  CHECK(methods_of(read_image_record(folder.path / "p1.json")) == Names{"gradcam", "lime", "rise"});
  // As if all had been asked for at once.
  const Folder fresh;
  Run at_once(fresh, "gradcam,lime,rise");
  const ImageRecord expected = at_once.write();
  CHECK(first_difference(expected.settings, both.settings) == "");
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(expected.explanations[i].map_md5 == both.explanations[i].map_md5);
}

TEST_CASE(
    "a second method is refused where the first would stay under settings that are not its own") {
  const Folder folder;
  Run(folder, "lime").write();
  const std::string before = read_text_file(folder.path / "p1.json");
  for (const bool resume : {false, true}) {
    Run other_seed(folder, "gradcam", 7);
    CHECK_THROWS_WITH_AS(other_seed.earlier(resume),
                         doctest::Contains("has lime too, explained otherwise: settings.seed was "
                                           "0, is 7; choose another --out"),
                         Error);
    Run other_fill(folder, "kernelshap");
    other_fill.run.settings["fill"] = "image-mean";
    CHECK_THROWS_WITH_AS(other_fill.earlier(resume), doctest::Contains("settings.fill"), Error);
    Run other_picture(folder, "gradcam");
    other_picture.input.md5 = "22";
    CHECK_THROWS_WITH_AS(other_picture.earlier(resume), doctest::Contains("input_md5"), Error);
  }
  // The method itself may be explained in any other way.
  Run again(folder, "lime", 7);
  CHECK_FALSE(again.earlier(/*resume=*/false));
  CHECK(read_text_file(folder.path / "p1.json") == before);
  again.write();
  CHECK(read_image_record(folder.path / "p1.json").settings["seed"] == 7);
}

TEST_CASE("maps of several runs agree as those of one: the agreement is found anew") {
  const auto scored = [](const Folder& folder, const std::string& methods) {
    Run run(folder, methods);
    run.run.settings["scores"] = ScoreSettings().describe();
    run.write();
  };
  const Folder apart, together;
  scored(apart, "rise");
  scored(apart, "gradcam");
  scored(apart, "lime");
  scored(together, "gradcam,lime,rise");
  const Json expected = document_in(together)["agreement"];
  CHECK(expected["spearman"].size() == 3);
  CHECK(document_in(apart)["agreement"] == expected);
  // A map that stays is read from its file.
  std::filesystem::remove(apart.path / "p1.rise.npy");
  CHECK_THROWS_WITH_AS(scored(apart, "lime"), doctest::Contains("p1.rise.npy"), Error);
}

TEST_CASE("what is no record is not written over") {
  const Folder folder;
  write_text_file(folder.path / "p1.json", "{\"mine\": 1}");
  Run run(folder, "gradcam");
  for (const bool resume : {false, true})
    CHECK_THROWS_WITH_AS(run.earlier(resume), doctest::Contains("p1.json: missing key"), Error);
  CHECK(read_text_file(folder.path / "p1.json") == "{\"mine\": 1}");
}

TEST_CASE("a method that is not known here is not lost") {
  const Folder folder;
  Run run(folder, "gradcam");
  run.write();
  Json document = document_in(folder);
  document["explanations"].push_back(document["explanations"][0]);
  document["explanations"][1]["method"] = "telepathy";
  write_text_file(folder.path / "p1.json", document.dump());
  for (const bool resume : {false, true})
    CHECK_THROWS_WITH_AS(run.earlier(resume),
                         doctest::Contains("has the method \"telepathy\", which this program does "
                                           "not know; choose another --out"),
                         Error);
  CHECK_THROWS_AS(run.write(), Error);
  CHECK(document_in(folder) == document);
}

TEST_CASE("figures: each name once, those of a first look and of a summary among them") {
  std::vector<std::string_view> names;
  int main = 0, in_summary = 0;
  for (const MapFigure& figure : map_figures()) {
    CHECK(std::find(names.begin(), names.end(), figure.name) == names.end());
    names.push_back(figure.name);
    main += figure.main;
    in_summary += figure.in_summary;
  }
  CHECK(main >= 5);
  CHECK(in_summary >= 5);
  ExplanationRecord record;
  record.scores = {{"deletion_auc", 0.5}, {"sparseness", nullptr}, {"unheard_of", 1}};
  record.seconds = 2;
  const auto figures = record.figures();
  CHECK(figures.at("deletion_auc") == 0.5);
  CHECK(figures.at("seconds") == 2);
  CHECK_FALSE(figures.contains("sparseness"));
  CHECK_FALSE(figures.contains("unheard_of"));
  CHECK_FALSE(figures.contains("pointing_game"));
}
