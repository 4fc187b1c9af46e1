// What a record, a picture and its text chunks say of an explanation made by hand.
#include "explain/record/describe.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "explain/record/image_record.h"

using namespace pellucid;

namespace {

ExplainRun run_of(Target target = {Target::Kind::fixed, 1}) {
  return {.program = {{"program", "test"},
                      {"version", "1.2"},
                      {"build", "a build"},
                      {"device", "cpu"},
                      {"precision", "exact"}},
          .settings = {{"method", "made"}, {"seed", 7}, {"names", "µ and \"quotes\""}},
          .methods = {},
          .model_name = "small",
          .weights_note = "",
          .task = {.target = target},
          .class_names = {"normal", "benign", "malignant"},
          .folder = {}};
}

RecordedInput input_of() {
  RecordedInput input;
  input.id = "p1";
  input.origin = "p1.png";
  input.group = "ann";
  input.truth = 2;
  return input;
}

// A map of 4 × 6 whose peak is at row 1, column 2.
Explanation made() {
  Explanation e;
  e.method = "made";
  e.title = "Made";
  e.caption = "by hand";
  e.prediction = {{0.5f, 2, -1}, {0.2f, 0.75f, 0.05f}, 1};
  e.target = 1;
  e.height = 4;
  e.width = 6;
  e.map.assign(24, 0.25f);
  e.map[8] = 2;
  e.shown.assign(24, 0.0f);
  e.shown[8] = 1;
  finish_map(e);
  e.details = {{"layer", "relu2"},
               {"share", 0.5},
               {"raw_map", {{"height", 1}, {"values", {1, 2, 3}}}},
               {"channel_weights", {1, 2}},
               {"superpixels", {{"count", 3}, {"name", "grid"}}}};
  e.stages = {{"forward", 0.25}, {"map", 0.5}};
  e.cost.forwards = 9;
  return e;
}

Sample picture() {
  Sample sample;
  sample.pixels = Pixels(Pixels::Bytes(24, 100));
  return sample;
}

Json described(const ExplainRun& run, const Sample& sample, const Explanation& e,
               const Json& scores = {}) {
  return describe_explanation(run, input_of(), sample, e, scores);
}

std::string chunk(const PngText& text, const std::string& key) {
  for (const auto& [known, value] : text)
    if (known == key) return value;
  return "none";
}

Sample seen_picture(const std::string& content) {
  Sample sample = picture();
  sample.content = content;
  return sample;
}

}  // namespace

TEST_CASE("a described explanation is read back as it was said") {
  const ExplainRun run = run_of();
  Json document = describe_image(run, input_of(), seen_picture("c0"), made().prediction);
  document["explanations"] = Json::array({described(run, picture(), made())});
  const ImageRecord record = image_record(document, "record");
  CHECK(record.id == "p1");
  CHECK(record.group == "ann");
  CHECK(record.content == "c0");
  CHECK(document["seen"].is_null());  // the model has no record
  CHECK(record.truth == "malignant");
  CHECK(record.predicted == "benign");
  CHECK(record.probability == 0.75);
  CHECK(record.settings == run.settings);
  const ExplanationRecord& e = record.explanations.front();
  CHECK(e.method == "made");
  CHECK(e.target == "benign");
  CHECK(e.height == 4);
  CHECK(e.width == 6);
  CHECK_FALSE(e.uniform);
  CHECK_FALSE(e.peak_in_lesion);
  CHECK(e.forwards == 9);
  CHECK(e.scores.is_null());
  CHECK(e.map_md5.empty());
}

TEST_CASE("the score that is explained, and the value that it has") {
  ExplainRun run = run_of();
  Json e = described(run, picture(), made());
  CHECK(e["score"] == "logit");
  CHECK(e["score_value"] == 2);
  CHECK(e["target"] == Json{{"label", 1}, {"class", "benign"}, {"kind", "chosen"}});
  run.task.score = Score::probability;
  e = described(run, picture(), made());
  CHECK(e["score"] == "probability");
  CHECK(e["score_value"] == 0.75);
  CHECK(described(run_of({Target::Kind::predicted, 0}), picture(), made())["target"]["kind"] ==
        "predicted");
  CHECK(described(run_of({Target::Kind::truth, 0}), picture(), made())["target"]["kind"] == "true");
}

TEST_CASE("the peak, stages and details of an explanation; a uniform map has no peak") {
  const Json e = described(run_of(), picture(), made());
  CHECK(e["peak"] == Json{{"row", 1}, {"column", 2}, {"value", 2.0}});
  CHECK(e["map"] == Json{{"height", 4}, {"width", 6}, {"low", 0.25}, {"high", 2.0}});
  CHECK(e["cost"]["stages"] == Json{{"forward", 0.25}, {"map", 0.5}});
  CHECK(e["layer"] == "relu2");
  CHECK(e["warnings"] == Json::array());
  Explanation flat = made();
  flat.map.assign(24, 0.5f);
  flat.warnings = {"nothing to see"};
  finish_map(flat);
  const Json same = described(run_of(), picture(), flat);
  CHECK(same["uniform"] == true);
  CHECK(same["peak"].is_null());
  CHECK(same["warnings"] == Json{"nothing to see"});
}

TEST_CASE("scores join the explanation that they are of") {
  const Json scores = {{"scores", {{"deletion_auc", 0.5}}}, {"score_cost", {{"forwards", 3}}}};
  const Json e = described(run_of(), picture(), made(), scores);
  CHECK(e["scores"]["deletion_auc"] == 0.5);
  CHECK(e["score_cost"]["forwards"] == 3);
  CHECK_FALSE(described(run_of(), picture(), made()).contains("scores"));
}

TEST_CASE("localisation: by a circle, by a mask, which comes first, or unknown") {
  CHECK(described(run_of(), picture(), made())["localisation"].is_null());
  Sample circled = picture();
  circled.annotation = Circle{2.5, 1.5, 1.2};
  const Json by_circle = described(run_of(), circled, made())["localisation"];
  CHECK(by_circle["annotation"] == "circle");
  CHECK(by_circle["peak_in_lesion"] == true);
  CHECK(by_circle["lesion_share"].get<double>() > 0);
  circled.annotation = Circle{5, 3, 0.9};
  CHECK(described(run_of(), circled, made())["localisation"]["peak_in_lesion"] == false);
  Sample masked = circled;
  masked.lesion_mask.assign(24, 0);
  masked.lesion_mask[8] = masked.lesion_mask[9] = 255;
  const Json by_mask = described(run_of(), masked, made())["localisation"];
  CHECK(by_mask["annotation"] == "mask");
  CHECK(by_mask["peak_in_lesion"] == true);
  CHECK(by_mask["lesion_share"].get<double>() == doctest::Approx(2.0 / 24));
}

TEST_CASE("a record says whether the model was trained on the picture") {
  ExplainRun run = run_of();
  run.seen = {{{"train", {"c0"}}, {"valid", {"c1"}}}, "seen"};
  const auto seen = [&](const std::string& content) {
    return describe_image(run, input_of(), seen_picture(content), made().prediction)["seen"];
  };
  CHECK(seen("c0") == "train");
  CHECK(seen("c1") == "valid");
  CHECK(seen("c2") == "");
}

TEST_CASE("what is not known of an input is null or left out") {
  RecordedInput unknown = input_of();
  unknown.truth.reset();
  Json record = describe_image(run_of(), unknown, picture(), made().prediction);
  CHECK(record["true_class"].is_null());
  CHECK_FALSE(record.contains("input_md5"));
  unknown.md5 = "00ff";
  record = describe_image(run_of(), unknown, picture(), made().prediction);
  CHECK(record["input_md5"] == "00ff");
  CHECK(record["prediction"]["logits"] == Json{0.5, 2.0, -1.0});
}

TEST_CASE("text chunks: every setting, and of the explanation what is short, in ASCII") {
  const ExplainRun run = run_of();
  const Explanation e = made();
  const PngText text = text_chunks(run, input_of(), e, described(run, picture(), e));
  CHECK(chunk(text, "Title") == "p1 made");
  RecordedInput umlaut = input_of();
  umlaut.id = "größe";
  CHECK(chunk(text_chunks(run, umlaut, e, described(run, picture(), e)), "Title") ==
        "gr\\u00f6\\u00dfe made");
  CHECK(chunk(text, "Software") == "pellucid-explain 1.2");
  CHECK(chunk(text, "input") == "\"p1.png\"");
  CHECK(chunk(text, "seed") == "7");
  CHECK(chunk(text, "names") == "\"\\u00b5 and \\\"quotes\\\"\"");
  CHECK(chunk(text, "made.layer") == "\"relu2\"");
  CHECK(chunk(text, "made.share") == "0.5");
  CHECK(chunk(text, "made.superpixels") == "{\"count\":3,\"name\":\"grid\"}");
  CHECK(chunk(text, "made.target").find("\"class\":\"benign\"") != std::string::npos);
  CHECK(chunk(text, "device") == "\"cpu\"");
  for (const char* too_long : {"made.raw_map", "made.channel_weights", "made.cost"})
    CHECK(chunk(text, too_long) == "none");
  CHECK(chunk(text, "variants") == "none");
  ExplainRun forced = run;
  forced.program["variants"] = {{"linear", "v1"}};
  CHECK(chunk(text_chunks(forced, input_of(), e, described(forced, picture(), e)), "variants") ==
        "{\"linear\":\"v1\"}");
  for (const auto& [key, value] : text)
    CHECK(std::all_of(value.begin(), value.end(), [](char c) { return c >= 32 && c < 127; }));
}

TEST_CASE("the picture of an explanation: a warning, a sign and other words make it another") {
  const ExplainRun run = run_of();
  const auto drawn = [&](const Explanation& e) {
    const Canvas canvas =
        draw_explanation(run, input_of(), picture(), e, described(run, picture(), e));
    return std::vector<std::uint8_t>(canvas.pixels().begin(), canvas.pixels().end());
  };
  const std::vector<std::uint8_t> plain = drawn(made());
  CHECK(drawn(made()) == plain);
  Explanation warned = made();
  warned.warnings = {"few masks"};
  CHECK(drawn(warned).size() > plain.size());  // a line more
  Explanation with_sign = made();
  with_sign.is_signed = true;
  CHECK(drawn(with_sign).size() > plain.size());  // what red and blue mean
  Explanation renamed = made();
  renamed.caption = "by foot";
  CHECK(drawn(renamed) != plain);
  CHECK(drawn(renamed).size() == plain.size());
}

TEST_CASE("describe: of ranked classes a record says which it is, whatever their number") {
  ExplainRun run = run_of({.kind = Target::Kind::ranked, .count = 3});
  run.settings["target"] = "top3";
  RecordedInput input = input_of();
  input.rank = 1;
  CHECK(settings_of(run, input)["target"] == "top2");
  CHECK(describe_image(run, input, picture(), made().prediction)["settings"]["target"] == "top2");
  CHECK(describe_explanation(run, input, picture(), made(), nullptr)["target"]["kind"] == "top2");
  run.task.target = {Target::Kind::predicted};
  CHECK(settings_of(run, input)["target"] == "top3");
}
