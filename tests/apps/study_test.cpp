// Studies through the program: from the plan to the tables, over interruptions and failures. pellucid again, on what
// a study has made.
#include <doctest/doctest.h>

#include <signal.h>

#include <chrono>
#include <thread>

#include "nn/data/codec/image_file.h"
#include "runtime/file.h"
#include "runtime/formats/json.h"
#include "runtime/random.h"
#include "tests/apps/process.h"
#include "tests/apps/run_folder.h"
#include "tests/support/device.h"

using namespace pellucid;
using test::in_work;
using test::is_error;
using test::run;
using test::Running;
using test::with;

namespace {

// The programs that it starts have their own tests on the other devices.
bool elsewhere() { return test::device() != DeviceKind::cpu; }

std::vector<std::string> tiny_study(const std::string& out) {
  return {"--preset",        "phantom",
          "--phantom-count", "4,2,2",
          "--train",         "epochs=1",
          "--seeds",         "1,2",
          "--method",        "gradcam,occlusion,lime",
          "--explain",       "samples=40",
          "--max-images",    "2",
          "--device",        "cpu",
          "--out",           in_work(out)};
}

Json json_at(const std::string& file) { return parse_json(read_text_file(file), file); }

// What a study tells, but for times.
Json timeless_result(const std::string& folder) {
  Json out = json_at(in_work(folder) + "/study-result.json");
  out.erase("seconds");
  for (Json& network : out["networks"])
    for (Json& method : network["methods"])
      for (const char* key : {"milliseconds", "stages", "seconds"}) method.erase(key);
  return out;
}

// Made once, used by every case.
const std::string& whole_study() {
  static const std::string folder = [] {
    const test::Outcome outcome = run("pellucid-study", tiny_study("study"));
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    CHECK(outcome.out == read_text_file(in_work("study") + "/study.txt"));
    return in_work("study");
  }();
  return folder;
}

Json again(const std::vector<std::string>& arguments, int code) {
  const test::Outcome outcome = run("pellucid-again", with(arguments, {"--json", "-"}));
  INFO(outcome.err);
  REQUIRE(outcome.code == code);
  return parse_json(outcome.out, "stdout");
}

std::string difference(const Json& result) {
  REQUIRE(!result["files"][0]["differences"].empty());
  return result["files"][0]["differences"][0];
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

}  // namespace

TEST_CASE("study: a plan writes nothing; the study then leaves all that it says") {
  if (elsewhere()) return;
  const test::Outcome plan = run("pellucid-study", with(tiny_study("planned"), {"--dry-run"}));
  CHECK(plan.code == 0);
  CHECK(holds(plan.out, "phantom/maps/lime"));
  CHECK(holds(plan.out, "14 of 14 parts to run: about "));
  CHECK_FALSE(std::filesystem::exists(in_work("planned")));

  const std::string& folder = whole_study();
  const Json study = json_at(folder + "/study.json");
  CHECK(study["parts"].size() == 14);
  for (const Json& part : study["parts"]) {
    CAPTURE(part["id"]);
    CHECK(part["state"] == "done");
    for (const Json& file : part["outputs"])
      CHECK(std::filesystem::exists(folder + "/" + file.get<std::string>()));
  }
  const Json network = timeless_result("study")["networks"][0];
  CHECK(network["runs"].size() == 2);
  CHECK(network["runs"][1]["accuracy"] ==
        json_at(folder + "/phantom/seed2/evaluation.json")["accuracy"]);
  CHECK(network["mean"]["runs"] == 2);
  CHECK(network["majority"]["accuracy"].is_number());
  CHECK(network["images"] == 2);
  REQUIRE(network["methods"].size() == 3);
  CHECK(network["methods"][1]["method"] == "lime");
  CHECK(network["methods"][1]["deletion_auc"]["images"] == 2);
  CHECK(network["methods"][1]["forwards"] == 42);
  CHECK(network["sanity"][0]["randomization_spearman"].size() == 4);
  CHECK(json_at(folder + "/phantom/comparison.json")["rows"].size() == 3);
  const Json record = json_at(folder + "/phantom/maps/phantom-test000000.json");
  CHECK(record["settings"]["segmenter"] ==
        "slic");  // of LIME, which was explained before occlusion
  CHECK(record["agreement"]["spearman"].size() == 3);
}

TEST_CASE("study: interrupted at any moment, the same command ends in the same tables") {
  if (elsewhere()) return;
  whole_study();
  int in_time = 0;
  // As soon as a part has begun, and a moment later.
  for (const char* part : {"seed1", "maps-lime", "sanity-gradcam"}) {
    CAPTURE(part);
    const int number = in_time % 2 == 0 ? SIGKILL : SIGTERM;
    const std::string log = in_work("killed") + "/logs/phantom-" + part + ".log";
    Running running("pellucid-study", tiny_study("killed"));
    for (int wait = 0; wait < 60000 && !std::filesystem::exists(log); wait += 5)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const double moment = 0.1 * random_uniform({42, 17}, static_cast<std::uint64_t>(in_time));
    std::this_thread::sleep_for(std::chrono::duration<double>(moment));
    running.signal(number);
    const test::Outcome outcome = running.wait();
    CHECK((outcome.code == 128 + number || outcome.code == 0));
    in_time += outcome.code != 0;
  }
  CHECK(in_time > 0);
  const test::Outcome outcome = run("pellucid-study", tiny_study("killed"));
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(timeless_result("killed") == timeless_result("study"));
  CHECK(read_file(in_work("killed") + "/phantom/seed2/model.safetensors") ==
        read_file(in_work("study") + "/phantom/seed2/model.safetensors"));

  CHECK(is_error(run("pellucid-study", with(tiny_study("killed"), {"--train", "epochs=2"})), 1,
                 "this study was begun otherwise: phantom.training.epochs was \"1\""));
}

TEST_CASE("study: a part that fails is told, what needs it is skipped, the rest is done") {
  if (elsewhere()) return;
  const test::Outcome outcome =
      run("pellucid-study",
          with(tiny_study("failing"), {"--method", "gradcam,lime", "--seeds", "1", "--explain",
                                       "kernel-width=0", "--max-images", "1"}));
  CHECK(outcome.code == 3);
  const Json study = json_at(in_work("failing") + "/study.json");
  for (const Json& part : study["parts"]) {
    const bool lime = part.contains("method") && part["method"] == "lime";
    CHECK(part["state"] == (lime ? "failed" : "done"));
    if (lime) CHECK(holds(part["error"], "--kernel-width"));
  }
  CHECK(holds(read_text_file(in_work("failing") + "/failures.jsonl"), "phantom/maps/lime"));

  const test::Outcome untrained = run(
      "pellucid-study",
      with(tiny_study("untrained"), {"--method", "gradcam", "--seeds", "1", "--train", "lr=much"}));
  CHECK(untrained.code == 3);
  const std::string failures = read_text_file(in_work("untrained") + "/failures.jsonl");
  CHECK(holds(failures, "--lr"));
  CHECK(holds(failures, "what it needs has failed"));
}

TEST_CASE("study: what does not go together is one line") {
  if (elsewhere()) return;
  const auto fails = [](const std::vector<std::string>& arguments, int code,
                        const std::string& part) {
    const test::Outcome outcome = run("pellucid-study", arguments);
    CAPTURE(outcome.err);
    CHECK_MESSAGE(is_error(outcome, code, part), part);
  };
  fails({}, 2, "--data is required");
  fails({"--preset", "paper"}, 2, "--preset paper needs --data, the folder of mini-MIAS");
  fails({"--preset", "phantoms"}, 2,
        "unknown preset 'phantoms' (known: paper, fixed-scale, phantom)");
  fails({"--preset", "phantom", "--plan", "x.json"}, 2, "choose one");
  fails({"--preset", "phantom", "--data", "films"}, 2, "is of phantoms, not of films");
  fails({"--preset", "paper", "--data", "films", "--split", "group"}, 2, "leave --split out");
  fails({"--plan", "x.json", "--data", "phantom"}, 2, "--plan says which data there are");
  fails({"--preset", "phantom", "--budget", "3d", "--device", "cpu"}, 2, "--budget");
  fails({"--preset", "phantom", "--train", "=3"}, 2, "--train expects NAME=VALUE");
  fails({"--preset", "phantom", "--method", "lme"}, 2, "did you mean 'lime'?");
  fails({"--plan", in_work("nowhere.json")}, 1, "nowhere.json");
}

TEST_CASE("again: pictures and records come out the same, wherever they are") {
  if (elsewhere()) return;
  const std::string maps = whole_study() + "/phantom/maps/phantom-test00000";
  const Json result = again(
      {maps + "0.gradcam.png", maps + "0.occlusion.png", maps + "1.lime.png", maps + "0.json"}, 0);
  CHECK(result["equal"] == true);
  CHECK(result["files"].size() == 4);
  // Away from its study a picture finds its model by hash.
  const std::string picture = in_work("alone.png");
  std::filesystem::copy_file(maps + "0.gradcam.png", picture);
  CHECK(holds(difference(again({picture}, 1)), "--look DIR says where to look"));
  CHECK(difference(again({picture, "--look", whole_study()}, 1))
            .starts_with("the same pixels; of what it tells model was "));
}

TEST_CASE("again: another model, image or version is named") {
  if (elsewhere()) return;
  const std::string folder = in_work("again"), study = whole_study() + "/phantom";
  std::filesystem::create_directories(folder + "/phantom");
  std::filesystem::copy(study + "/seed1", folder + "/phantom/seed1");
  write_png(folder + "/square.png", 64, 64, 1, std::vector<std::uint8_t>(64 * 64, 100));
  const test::Outcome explained = run(
      "pellucid-explain", {"--model", folder + "/phantom/seed1/model.safetensors", "--image",
                           folder + "/square.png", "--device", "cpu", "--out", folder + "/maps"});
  REQUIRE(explained.code == 0);
  const std::string record = folder + "/maps/square.json";
  CHECK(again({record}, 0)["equal"] == true);
  // Of ranked classes each has a record of its own.
  REQUIRE(run("pellucid-explain", {"--model", folder + "/phantom/seed1/model.safetensors",
                                   "--image", folder + "/square.png", "--device", "cpu", "--target",
                                   "top2", "--out", folder + "/ranked"})
              .code == 0);
  for (const char* rank : {"top1", "top2"}) {
    const std::string name = folder + "/ranked/square." + rank;
    CHECK(again({name + ".json"}, 0)["equal"] == true);
    CHECK(again({name + ".gradcam.png"}, 0)["equal"] == true);
    CHECK(json_at(name + ".json")["explanations"][0]["target"]["kind"] == rank);
  }

  Json older = json_at(record);
  older["version"] = "0.0.9";
  write_text_file(folder + "/maps/older.json", to_text(older));
  CHECK(difference(again({folder + "/maps/older.json"}, 1)).starts_with("version: was 0.0.9, is "));

  write_png(folder + "/square.png", 64, 64, 1, std::vector<std::uint8_t>(64 * 64, 101));
  CHECK(holds(difference(again({record}, 1)), "input: " + folder + "/square.png has changed"));
  std::filesystem::remove(folder + "/square.png");
  CHECK(holds(difference(again({record}, 1)), "input: " + folder + "/square.png is not there"));

  std::filesystem::copy_file(study + "/seed2/model.safetensors",
                             folder + "/phantom/seed1/model.safetensors",
                             std::filesystem::copy_options::overwrite_existing);
  CHECK(holds(difference(again({folder + "/maps/square.gradcam.png"}, 1)),
              "model.safetensors has changed"));

  CHECK(is_error(run("pellucid-again", {}), 2, "a picture (ID.METHOD.png) or a record"));
  CHECK(is_error(run("pellucid-again", {study + "/sheet.png"}), 1,
                 "not a picture of pellucid-explain"));
}
