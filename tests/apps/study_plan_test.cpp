// What a study consists of, and what of it fits into a time.
#include <doctest/doctest.h>

#include <algorithm>

#include "apps/study_budget.h"
#include "apps/study_network.h"
#include "apps/study_plan.h"
#include "runtime/error.h"

using namespace pellucid;

namespace {

const std::string kDevice = "cpu";

std::vector<StudyPart> parts_of(const std::vector<StudyNetwork>& networks,
                                const StudyChoice& choice = {},
                                const std::map<std::string, PartOutcome>& outcomes = {}) {
  return study_parts(networks, choice, outcomes, kDevice);
}

const StudyPart& part_of(const std::vector<StudyPart>& parts, const std::string& id) {
  const auto found = std::find_if(parts.begin(), parts.end(),
                                  [&](const StudyPart& each) { return each.id == id; });
  REQUIRE_MESSAGE(found != parts.end(), id);
  return *found;
}

// The value behind an option, of several the last; "" if it is not there.
std::string value_of(const StudyPart& part, const std::string& option) {
  std::string out;
  for (std::size_t i = 0; i + 1 < part.arguments.size(); ++i)
    if (part.arguments[i] == option) out = part.arguments[i + 1];
  return out;
}

bool has(const StudyPart& part, const std::string& option) {
  return std::find(part.arguments.begin(), part.arguments.end(), option) != part.arguments.end();
}

StudyNetwork small_network() {
  StudyNetwork out;
  out.name = "small";
  out.data = {{"data", "phantom"}};
  out.training = {{"epochs", 3}};
  out.explaining = {{"segmenter", "slic"}, {"target", "true"}};
  out.seeds = {4, 5, 6};
  out.methods = {"gradcam", "lime", "rise"};
  out.images = 24;
  out.sanity_images = 4;
  out.sanity_methods = {"gradcam"};
  out.profile_images = 1;
  return out;
}

// 10 s a training, 1 s an evaluation, and of a picture 1 s by Grad-CAM, 2 by LIME, 10 by RISE.
StudySpeeds small_speeds() {
  NetworkSpeed speed;
  speed.loading = 1;
  speed.training = 10;
  speed.evaluation = 1;
  speed.images = 150;
  speed.methods = {
      {"gradcam", {0.1, 1000, false}}, {"lime", {2, 1000, false}}, {"rise", {10, 0, true}}};
  return {{"small", speed}};
}

StudyChoice choice_for(double seconds, const std::map<std::string, PartOutcome>& outcomes = {},
                       double spent = 0, std::optional<int> fixed = std::nullopt) {
  const std::vector<StudyNetwork> networks = {small_network()};
  const StudySpeeds speeds = small_speeds();
  return choose_within({networks, outcomes, speeds, kDevice, seconds, spent, fixed});
}

double predicted(const StudyChoice& choice,
                 const std::map<std::string, PartOutcome>& outcomes = {}) {
  const std::vector<StudyNetwork> networks = {small_network()};
  const StudySpeeds speeds = small_speeds();
  const std::vector<StudyPart> parts = parts_of(networks, choice, outcomes);
  return seconds_left(parts, StudyPredictor(speeds, networks, parts));
}

std::string refused(const std::string& text) {
  try {
    read_networks(parse_json(text, "plan.json"), "plan.json");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("study: the parts of a network, each a run of another program") {
  const auto parts = parts_of({small_network()});
  CHECK(parts.size() == 1 + 3 * 2 + 3 + 3 + 1);
  CHECK(parts.front().id == "small/data");
  CHECK(parts.back().id == "small/seed6/evaluation");  // other seeds come last
  const StudyPart& training = part_of(parts, "small/seed5");
  CHECK(training.program == "pellucid-train");
  CHECK(value_of(training, "--epochs") == "3");
  CHECK(value_of(training, "--seed") == "5");
  CHECK(value_of(training, "--out") == "small/seed5");
  CHECK(has(training, "--resume"));
  CHECK(part_of(parts, "small/seed5/evaluation").needs == std::vector<std::string>{"small/seed5"});

  const StudyPart &gradcam = part_of(parts, "small/maps/gradcam"),
                  &lime = part_of(parts, "small/maps/lime");
  CHECK(value_of(gradcam, "--model") == "small/seed4/model.safetensors");
  CHECK(value_of(gradcam, "--max-images") == "24");
  CHECK_FALSE(has(gradcam, "--segmenter"));  // a method gets the options that it looks at
  CHECK(value_of(lime, "--segmenter") == "slic");
  CHECK(value_of(lime, "--target") == "true");
  CHECK(value_of(part_of(parts, "small/sanity/gradcam"), "--max-images") == "4");
  CHECK(has(part_of(parts, "small/sanity/gradcam"), "--score-randomize"));
  CHECK(value_of(part_of(parts, "small/profile/rise"), "--profile") == "small/profile/rise.json");
}

TEST_CASE("study: cross-validations, and networks that are given") {
  StudyNetwork folds = small_network();
  folds.folds = 5;
  folds.data["data-seed"] = "{seed}";
  const auto trained = parts_of({folds});
  const StudyPart& training = part_of(trained, "small/seed5");
  CHECK(value_of(training, "--folds") == "5");
  CHECK(value_of(training, "--data-seed") == "5");
  CHECK_FALSE(has(training, "--fold"));
  CHECK(training.outputs.back() == "small/seed5/evaluation.json");
  const StudyPart& maps = part_of(trained, "small/maps/gradcam");
  CHECK(value_of(maps, "--fold") == "1");
  CHECK(value_of(maps, "--model") == "small/seed4/fold1/model.safetensors");
  for (const StudyPart& part : trained) CHECK(part.kind != PartKind::evaluation);

  StudyNetwork given = small_network();
  given.given = "/nets/net.onnx";
  given.seeds.clear();
  const auto imported = parts_of({given});
  for (const StudyPart& part : imported) CHECK(part.kind != PartKind::training);
  const StudyPart& evaluation = part_of(imported, "small/given/evaluation");
  CHECK(value_of(evaluation, "--model") == "/nets/net.onnx");
  CHECK(evaluation.needs.empty());
}

TEST_CASE("study: a part that is done counts as long as it is asked for in the same way") {
  StudyNetwork network = small_network();
  const StudyPart before = part_of(parts_of({network}), "small/maps/gradcam");
  std::map<std::string, PartOutcome> outcomes = {
      {before.id, {before.arguments, PartState::done, 7, 0, ""}}};
  CHECK(part_of(parts_of({network}, {}, outcomes), before.id).outcome.seconds == 7);
  network.images = 12;
  CHECK(part_of(parts_of({network}, {}, outcomes), before.id).outcome.state == PartState::waiting);
  network = small_network();
  // What is done is not left out.
  const StudyChoice without{0, 0, {"small/gradcam"}};
  const auto parts = parts_of({network}, without, outcomes);
  CHECK(part_of(parts, before.id).outcome.state == PartState::done);
  CHECK(part_of(parts, "small/sanity/gradcam").outcome.state == PartState::left_out);

  const Json document = describe_part(part_of(parts, before.id));
  const auto [id, outcome] = read_outcome(JsonView(document, "study.json"));
  CHECK(id == before.id);
  CHECK(outcome.state == PartState::done);
  CHECK(outcome.arguments == before.arguments);
}

TEST_CASE("study: a budget takes seeds first, then images, then the slowest methods") {
  const double all = predicted({});
  CHECK(choice_for(all + 1).seeds == 0);
  const StudyChoice fewer_seeds = choice_for(all - 1);
  CHECK(fewer_seeds.seeds == 2);
  CHECK(fewer_seeds.images == 0);
  CHECK(predicted(fewer_seeds) <= all - 1);

  const double one_seed = predicted({1, 0, {}});
  const StudyChoice fewer_images = choice_for(one_seed - 1);
  CHECK(fewer_images.seeds == 1);
  CHECK(fewer_images.images == 12);
  CHECK(fewer_images.without.empty());

  const double fewest_images = predicted({1, 6, {}});
  const StudyChoice no_rise = choice_for(fewest_images - 1);
  CHECK(no_rise.images == 6);
  CHECK(no_rise.without == std::set<std::string>{"small/rise"});
  // The fastest method stays, however short the time.
  CHECK(choice_for(0.001).without == std::set<std::string>{"small/lime", "small/rise"});

  const auto texts =
      left_out_text({small_network()}, no_rise, parts_of({small_network()}, no_rise));
  CHECK(texts == std::vector<std::string>{"seeds 5 and 6 of small",
                                          "all but 6 of 24 images of small",
                                          "method rise of small"});
}

TEST_CASE("study: what is done costs nothing more, and its images stay as many") {
  std::map<std::string, PartOutcome> outcomes;
  for (const StudyPart& part : parts_of({small_network()}))
    if (part.kind == PartKind::maps && part.method != "rise")
      outcomes[part.id] = {part.arguments, PartState::done, part.method == "lime" ? 48. : 2.4, 0,
                           ""};
  // Maps of 24 images are there; those of RISE, 240 s and more, do not fit any more.
  const StudyChoice choice = choice_for(100, outcomes, 2, 0);
  CHECK(choice.images == 0);
  CHECK(choice.without.contains("small/rise"));
  // With another budget the number of images is chosen anew.
  CHECK(choice_for(150, outcomes, 2).images > 0);
}

TEST_CASE("study: finished parts correct what was predicted of their kind") {
  const std::vector<StudyNetwork> networks = {small_network()};
  const StudySpeeds speeds = small_speeds();
  std::map<std::string, PartOutcome> outcomes;
  const StudyPart first = part_of(parts_of(networks), "small/seed4");
  outcomes[first.id] = {first.arguments, PartState::done, 30, 0, ""};
  const auto parts = parts_of(networks, {}, outcomes);
  const StudyPredictor predictor(speeds, networks, parts);
  CHECK(predictor.of(part_of(parts, "small/seed5")).seconds == doctest::Approx(30));
  CHECK(predictor.of(part_of(parts, "small/seed5/evaluation")).seconds == doctest::Approx(1));
  const PredictedCost rise = predictor.of(part_of(parts, "small/maps/rise"));
  CHECK(rise.seconds == doctest::Approx(240));
  CHECK(rise.at_least);
  const Json described = describe_speeds(speeds);
  CHECK(describe_speeds(read_speeds(JsonView(described, "study.json"))) == described);
}

TEST_CASE("study: a document of networks is read as it was written, or refused in a line") {
  for (const char* preset : {"paper", "fixed-scale", "phantom"}) {
    const Json document = describe_networks(preset_networks(preset, "films"));
    CHECK(describe_networks(read_networks(document, "plan.json")) == document);
  }
  CHECK(preset_networks("paper", "films").front().seeds.size() == 10);
  CHECK_THROWS_AS(preset_networks("paper", ""), UsageError);
  CHECK_THROWS_AS(preset_networks("papers", "films"), UsageError);
  const auto network = [](const std::string& more) {
    return "{\"networks\": [{\"name\": \"a\", \"seeds\": [1]" + more + "}]}";
  };
  CHECK(refused(network("")) == "");
  CHECK(refused("{\"networks\": []}").find("plan.json: networks") != std::string::npos);
  CHECK(refused(network(", \"sedes\": 1")).find("sedes") != std::string::npos);
  CHECK(refused(network(", \"methods\": [\"lme\"]")).find("methods[0]") != std::string::npos);
  CHECK(refused(network(", \"methods\": [\"lime\", \"lime\"]")).find("each method once") !=
        std::string::npos);
  CHECK(refused(network(", \"data\": {\"--data\": \"x\"}")).find("without --") !=
        std::string::npos);
  CHECK(refused("{\"networks\": [{\"name\": \"../a\", \"seeds\": [1]}]}").find("name a folder") !=
        std::string::npos);
  CHECK(refused("{\"networks\": [{\"name\": \"a\"}]}").find("seeds") != std::string::npos);
  CHECK(
      refused(
          "{\"networks\": [{\"name\": \"a\", \"seeds\": [1]}, {\"name\": \"a\", \"seeds\": [1]}]}")
          .find("each network once") != std::string::npos);
}

TEST_CASE("study: a budget is a number with a unit") {
  CHECK(parse_budget("90") == 90);
  CHECK(parse_budget("90s") == 90);
  CHECK(parse_budget("20m") == 1200);
  CHECK(parse_budget("1.5h") == 5400);
  for (const char* wrong : {"", "m", "20d", "-3m", "0", "20 m"})
    CHECK_THROWS_AS(parse_budget(wrong), UsageError);
}
