// What a run of pellucid-explain says at its end, of records made by hand.
#include "apps/explain_summary.h"

#include <doctest/doctest.h>

#include "runtime/file.h"
#include "tests/apps/process.h"

using namespace pellucid;

namespace {

ExplanationRecord explanation(const std::string& method, double seconds,
                              std::optional<bool> hit = {}) {
  ExplanationRecord record;
  record.method = method;
  record.target = "benign";
  record.seconds = seconds;
  record.forwards = 4;
  record.peak_in_lesion = hit;
  record.lesion_share = hit ? 0.25 : 0;
  return record;
}

ImageRecord image(const std::string& id, std::vector<ExplanationRecord> explanations) {
  ImageRecord record;
  record.id = id;
  record.predicted = "malignant";
  record.probability = 0.625;
  record.explanations = std::move(explanations);
  return record;
}

struct Told {
  explicit Told(ExplainOutcome outcome_) : outcome(std::move(outcome_)) {
    run.program = {{"program", "pellucid-explain"}};
    run.settings = {{"seed", 1}};
    run.folder = "maps";
    const RecordFolder folder(run, settings);
    text = summary_text(run, folder, outcome);
    json = summary_json(run, folder, outcome);
  }
  bool says(const std::string& part) const { return text.find(part) != std::string::npos; }

  MethodSettings settings;
  ExplainRun run;
  ExplainOutcome outcome;
  std::string text;
  Json json;
};

}  // namespace

TEST_CASE("explain summary: a line an image and method, then the methods' means") {
  const Told told({{image("a", {explanation("gradcam", 0.1, true), explanation("lime", 1)}),
                    image("b", {explanation("gradcam", 0.3, false), explanation("lime", 3)}),
                    image("c", {explanation("gradcam", 0.2), explanation("lime", 2)})},
                   {}});
  CHECK(
      told.says("a  gradcam  predicted malignant (0.62)  explained benign  peak in lesion  "
                "maps/a.gradcam.png\n"));
  CHECK(told.says("peak outside lesion  maps/b.gradcam.png"));
  CHECK(told.says("c  lime  predicted malignant (0.62)  explained benign  maps/c.lime.png"));
  CHECK(
      told.says("gradcam: 200 ms and 4 forwards an image; peak in the lesion: 1 of 2 (50.0 %); a "
                "lesion covers 25.0 % of its image on average"));
  CHECK(told.says("lime: 2e+03 ms and 4 forwards an image\n"));
  CHECK(told.says("3 explained, 0 failed; ID.METHOD.png"));
  CHECK(told.json["images"].size() == 6);
  CHECK(told.json["images"][0]["peak_in_lesion"] == true);
  CHECK(told.json["images"][1]["peak_in_lesion"].is_null());
  CHECK(told.json["images"][0]["true_class"].is_null());
  const Json& gradcam = told.json["methods"]["gradcam"];
  CHECK(gradcam["images"] == 3);
  CHECK(gradcam["pointing_game"]["hit_rate"] == 0.5);
  CHECK(gradcam["pointing_game"]["lesions"] == 2);
  CHECK(told.json["methods"]["lime"]["pointing_game"]["hit_rate"].is_null());
  CHECK(told.json["explained"] == 3);
}

TEST_CASE("explain summary: the true class, a uniform map, and scores where there are any") {
  ImageRecord one = image("a", {explanation("rise", 1, false)});
  one.truth = "normal";
  one.explanations[0].uniform = true;
  one.explanations[0].scores = {{"deletion_auc", 0.125}, {"sparseness", nullptr}};
  const Told told({{one}, {}});
  CHECK(told.says("  true normal  explained benign  uniform map  maps/a.rise.png"));
  CHECK(told.says("rise: deletion AUC 0.125\n"));
  CHECK(told.json["images"][0]["uniform"] == true);
  CHECK(told.json["methods"]["rise"]["scores"]["deletion_auc"]["mean"] == 0.125);
}

TEST_CASE("explain summary: where no picture was drawn, the map is named") {
  ImageRecord one = image("a", {explanation("rise", 1)});
  one.explanations[0].pictured = false;
  const Told bare({{one}, {}});
  CHECK(bare.says("explained benign  maps/a.rise.npy\n"));
  CHECK(bare.says("1 explained, 0 failed; ID.METHOD.npy and ID.json are in maps\n"));
  CHECK(bare.json["images"][0]["picture"].is_null());
  CHECK(bare.json["images"][0]["map"] == "maps/a.rise.npy");
  const Told both({{one, image("b", {explanation("rise", 1)})}, {}});
  CHECK(both.says("0 failed; ID.METHOD.png, ID.METHOD.npy"));
  CHECK(both.json["images"][1]["picture"] == "maps/b.rise.png");
}

TEST_CASE("explain summary: a warning is counted over the images of its method") {
  ImageRecord a = image("a", {explanation("lime", 1), explanation("rise", 1)});
  ImageRecord b = image("b", {explanation("lime", 1)});
  a.explanations[0].warnings = {"few masks", "no errors"};
  b.explanations[0].warnings = {"few masks"};
  const Told told({{a, b}, {}});
  CHECK(told.says("lime: warning: few masks (2 of 2 images)\n"));
  CHECK(told.says("lime: warning: no errors (1 of 2 images)\n"));
  CHECK_FALSE(told.says("rise: warning"));
  CHECK(told.json["methods"]["lime"]["warnings"] == Json{{"few masks", 2}, {"no errors", 1}});
}

TEST_CASE(
    "explain summary: images that failed are counted, methods that failed are named elsewhere") {
  const ExplainOutcome outcome{
      {image("a", {explanation("lime", 1)})},
      {{"a", "a.png", "too few", {"rise", "gradcam"}}, {"b", "b.png", "no such file", {}}}};
  CHECK(outcome.failed_images() == 1);
  const Told told(outcome);
  CHECK(
      told.says("1 explained, 1 failed (failures.jsonl has also which methods failed of others)"));
  CHECK(told.json["failed"] == 1);
  CHECK(told.json["failed_methods"] == 1);

  const std::filesystem::path folder = test::work_folder() / "summary-failures";
  std::filesystem::create_directories(folder);
  write_failures(folder, outcome.failures);
  const std::string lines = read_text_file(folder / "failures.jsonl");
  const std::size_t end = lines.find('\n');
  const Json first = parse_json(lines.substr(0, end), "first"),
             second = parse_json(lines.substr(end + 1), "second");
  CHECK(first == Json{{"id", "a"},
                      {"input", "a.png"},
                      {"error", "too few"},
                      {"methods", {"rise", "gradcam"}}});
  CHECK(second == Json{{"id", "b"}, {"input", "b.png"}, {"error", "no such file"}});
  write_failures(folder, {});  // of a run after that one
  CHECK_FALSE(std::filesystem::exists(folder / "failures.jsonl"));
}
