#include "explain/explainers.h"

#include <unistd.h>

#include <filesystem>
#include <set>

#include "explain/activation/layered_cam.h"
#include "explain/masks/rise.h"
#include "runtime/file.h"
#include "runtime/formats/npy.h"
#include "runtime/formats/text.h"
#include "tests/explain/small_classifier.h"

using namespace pellucid;
using test::stream;

namespace {

Setting& setting(MethodSettings& settings, const std::string& key) {
  for (Setting& each : settings.list())
    if (each.key == key) return each;
  FAIL("no setting " << key);
  return settings.list().front();
}

void set(MethodSettings& settings, const std::string& key, const std::string& text) {
  std::get<Setting::Text>(setting(settings, key).value).set(text);
}

void set(MethodSettings& settings, const std::string& key, int value) {
  *std::get<Setting::Whole>(setting(settings, key).value).value = value;
}

// Few masks, since it is bits that matter.
void make_quick(MethodSettings& settings) {
  set(settings, "samples", "40");
  set(settings, "segmenter", "grid");
  set(settings, "grid", 3);
}

const ExplainTask kTask{.target = {Target::Kind::fixed, 1}, .seed = 3};

}  // namespace

TEST_CASE("methods: each name and place once, found by name, listed by place") {
  const Methods& all = all_methods();
  CHECK(all.size() == registered_methods().size());
  std::set<std::string_view> names;
  std::set<int> places;
  for (const Method* method : all) {
    CHECK(names.insert(method->name).second);
    CHECK(places.insert(method->place).second);
    CHECK(find_method(method->name) == method);
    CHECK_FALSE(method->title.empty());
  }
  CHECK(find_method("") == nullptr);
  CHECK(find_method("GradCAM") == nullptr);
  CHECK(std::is_sorted(all.begin(), all.end(),
                       [](const Method* a, const Method* b) { return a->place < b->place; }));
  CHECK(parse_methods("all") == all);
  CHECK(names_of(parse_methods("lime,gradcam")) == std::vector<std::string>{"lime", "gradcam"});
  CHECK_THROWS_WITH_AS(
      parse_methods("gradcan"),
      doctest::Contains("unknown method 'gradcan', did you mean 'gradcam'? (known: gradcam, "),
      UsageError);
  CHECK_THROWS_WITH_AS(parse_methods("lime,rise,lime"), "--method names lime twice", UsageError);
  CHECK_THROWS_AS(parse_methods("lime,"), UsageError);
}

TEST_CASE("methods: every one that a file of explain/ defines is in the table") {
  // The table is made when CMake runs; a definition in a file that was there before is not seen until then.
  std::set<std::string> defined;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(PELLUCID_SOURCE_DIR "/explain")) {
    if (entry.path().extension() != ".cpp") continue;
    const std::string text = read_text_file(entry.path());
    for (const std::string_view line : split_lines(text)) {
      if (!line.starts_with("const Method ") || line.find("_method{\"") == line.npos) continue;
      const std::size_t name = line.find("{\"") + 2;
      defined.emplace(line.substr(name, line.find('"', name) - name));
    }
  }
  const std::vector<std::string> known = names_of(all_methods());
  CHECK(defined == std::set<std::string>(known.begin(), known.end()));
}

TEST_CASE("settings: every one has a key of its own, help, and methods that exist") {
  MethodSettings settings;
  std::set<std::string> keys;
  for (const Setting& each : settings.list()) {
    CAPTURE(each.key);
    CHECK(keys.insert(each.key).second);
    CHECK_FALSE(each.help.empty());
    CHECK_FALSE(each.group.empty());
    CHECK_FALSE(each.methods.empty());
    for (const std::string_view name : each.methods) CHECK(find_method(name) != nullptr);
    CHECK_FALSE(each.given);
  }
  // What is described is what can be said.
  const Json described = settings.describe(all_methods());
  CHECK(described.size() == keys.size());
  for (const std::string& key : keys) CHECK(described.contains(key));
}

TEST_CASE("settings: a default is in its range, and a text's own text changes nothing") {
  MethodSettings settings;
  const Json before = settings.describe(all_methods());
  for (Setting& each : settings.list()) {
    CAPTURE(each.key);
    if (const auto* whole = std::get_if<Setting::Whole>(&each.value)) {
      CHECK(*whole->value >= whole->least);
      CHECK(*whole->value <= whole->most);
    } else if (const auto* real = std::get_if<Setting::Real>(&each.value)) {
      CHECK(*real->value >= real->least);
      CHECK(*real->value <= real->most);
    } else if (const auto* text = std::get_if<Setting::Text>(&each.value)) {
      if (!text->get().empty()) text->set(text->get());
      CHECK_THROWS_AS(text->set("no,such,,value"), UsageError);
    }
  }
  CHECK(settings.describe(all_methods()) == before);
}

TEST_CASE("settings: what is set is described in the words that set it") {
  MethodSettings settings;
  const std::vector<std::pair<const char*, const char*>> texts = {
      {"fill", "blur(3)"},  {"forward", "direct"},   {"until_se", "0.05"},
      {"rng", "numpy"},     {"link", "logit"},       {"feature_selection", "lasso_path"},
      {"samples", "77"},    {"compat", "pgc"},       {"l1", "num_features(4)"},
      {"epsilon", "0.001"}, {"layer", "conv1,conv2"}};
  for (const auto& [key, text] : texts) set(settings, key, text);
  set(settings, "rise_grid", 5);
  const Json described = settings.describe(all_methods());
  for (const auto& [key, text] : texts) CHECK(described[key] == text);
  CHECK(described["rise_grid"] == 5);
  // Of two families one setting: both have it.
  CHECK(settings.describe(parse_methods("rise"))["samples"] == "77");
  CHECK(settings.describe(parse_methods("lime"))["samples"] == "77");
  CHECK_FALSE(settings.describe(parse_methods("gradcam")).contains("samples"));
}

TEST_CASE("settings: one that nobody looks at is an error, as is one beside another that is off") {
  MethodSettings settings;
  CHECK_NOTHROW(settings.check(all_methods()));
  setting(settings, "alpha").given = true;
  CHECK_NOTHROW(settings.check(parse_methods("gradcam,lime")));
  CHECK_THROWS_WITH_AS(settings.check(parse_methods("gradcam,kernelshap")),
                       "--alpha belongs to --method lime", UsageError);
  setting(settings, "alpha").given = false;
  setting(settings, "kernel_size").given = true;
  CHECK_THROWS_WITH_AS(settings.check(parse_methods("occlusion,rise")),
                       "--kernel-size belongs to --method lime, kernelshap", UsageError);
  setting(settings, "kernel_size").given = false;
  setting(settings, "max_samples").given = true;
  CHECK_THROWS_WITH_AS(settings.check(parse_methods("lime")), "--max-samples belongs to --until-se",
                       UsageError);
  set(settings, "until_se", "0.1");
  CHECK_NOTHROW(settings.check(parse_methods("lime")));
}

TEST_CASE("settings: of a record's, those of other methods can be left out") {
  const MethodSettings settings;
  Json described = settings.describe(all_methods());
  described["seed"] = 4;
  described["segmenter_md5"] = "00";
  const Json cam = settings.without_others(described, parse_methods("gradcam"));
  CHECK(cam.contains("seed"));
  CHECK(cam.contains("layer"));
  for (const char* key : {"fill", "samples", "rise_p", "segmenter_md5"})
    CHECK_FALSE(cam.contains(key));
  const Json rise = settings.without_others(described, parse_methods("rise"));
  CHECK(rise.contains("samples"));
  CHECK_FALSE(rise.contains("fill"));
  // Of one family, a method has settings that another does not look at.
  const Json occlusion = settings.without_others(described, parse_methods("occlusion"));
  CHECK(occlusion.contains("fill"));
  CHECK_FALSE(occlusion.contains("segmenter"));
  CHECK_FALSE(settings.describe(parse_methods("occlusion")).contains("segmenter"));
  CHECK_FALSE(settings.describe(parse_methods("lime")).contains("window"));
  CHECK(settings.without_others(described, all_methods()) == described);
  CHECK(settings.without_others(described, {}).size() == 1);
}

TEST_CASE("settings: a label image is described with a hash of its labels") {
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / concat("pellucid-labels-", ::getpid(), ".npy");
  const auto hash_of = [&](float last) {
    write_npy(file, {2, 2}, std::vector<float>{1, 2, 3, last});
    MethodSettings settings;
    set(settings, "segmenter", file.string());
    const Json described = settings.describe(parse_methods("lime"));
    CHECK(described["segmenter"] == file.string());
    return described["segmenter_md5"].get<std::string>();
  };
  const std::string hash = hash_of(3);
  CHECK(hash.size() == 32);
  CHECK(hash_of(3) == hash);
  CHECK(hash_of(1) != hash);
  MethodSettings settings;
  set(settings, "segmenter", file.string());
  set(settings, "segmenter", "slic");
  CHECK_FALSE(settings.describe(parse_methods("lime")).contains("segmenter_md5"));
  std::filesystem::remove(file);
  CHECK_THROWS_WITH_AS(set(settings, "segmenter", file.string()),
                       doctest::Contains("unknown segmenter"), UsageError);
}

TEST_CASE("explainers give what each method gives alone, family by family") {
  const Model model = test::make_model();
  const Sample sample = test::make_picture();
  MethodSettings settings;
  make_quick(settings);
  const Methods methods = parse_methods("rise,lime,layercam,occlusion,gradcam,kernelshap");
  Explainers together(stream(), model, settings, methods, kTask);
  CHECK(together.chosen() == Json{{"layer", model.target_layer()}});
  CHECK(together.pictures_at_once() > 1);
  const std::vector<Explanation> found = together.explain(Subject{&sample, {}});
  std::vector<std::string> order;
  for (const Explanation& e : found) order.push_back(e.method);
  CHECK(order ==
        std::vector<std::string>{"layercam", "gradcam", "lime", "kernelshap", "occlusion", "rise"});
  for (const Explanation& e : found) {
    CAPTURE(e.method);
    Explainers alone(stream(), model, settings, parse_methods(e.method), kTask);
    const std::vector<Explanation> one = alone.explain(Subject{&sample, {}});
    REQUIRE(one.size() == 1);
    CHECK_SAME_BITS(one.front().map, e.map);
    CHECK(one.front().details == e.details);
    CHECK(one.front().target == 1);
  }

  RiseOptions rise;
  rise.target = kTask.target;
  rise.seed = kTask.seed;
  rise.samples = 40;
  CHECK_SAME_BITS(found.back().map, Rise(stream(), model, rise).explain(sample, {}).map);
}

TEST_CASE("explainers: a picture that does not fit fails alone, and says why") {
  const Model model = test::make_model();
  const Sample good = test::make_picture();
  Sample wrong = good;
  wrong.pixels.bytes().pop_back();
  MethodSettings settings;
  make_quick(settings);
  for (const char* method : {"gradcam", "lime", "rise", "gradcam,occlusion,rise"}) {
    CAPTURE(method);
    Explainers explainers(stream(), model, settings, parse_methods(method), kTask);
    const std::vector<Subject> subjects = {{&wrong, {}}, {&good, {}}, {&wrong, {}}};
    const std::vector<Explained> found = explainers.explain(subjects);
    REQUIRE(found.size() == 3);
    const std::vector<std::string> names = names_of(parse_methods(method));
    for (const std::size_t i : {0u, 2u}) {
      CHECK(found[i].explanations.empty());
      REQUIRE(found[i].failures.size() == names.size());
      for (std::size_t m = 0; m < names.size(); ++m) {
        CHECK(found[i].failures[m].method == names[m]);
        CHECK_FALSE(found[i].failures[m].message.empty());
      }
    }
    CHECK(found[1].failures.empty());
    CHECK(found[1].explanations.size() == names.size());
    CHECK_THROWS_WITH_AS(explainers.explain(subjects[0]), found[0].failures.front().message.c_str(),
                         Error);
  }
}

TEST_CASE("explainers: a method that fails leaves the others") {
  const Model model = test::make_model();
  const Sample sample = test::make_picture();
  MethodSettings settings;
  make_quick(settings);
  const std::filesystem::path labels =
      std::filesystem::temp_directory_path() / concat("pellucid-small-", ::getpid(), ".npy");
  write_npy(labels, {2, 2}, std::vector<float>{1, 2, 3, 4});
  set(settings, "segmenter", labels.string());
  std::filesystem::remove(labels);
  Explainers explainers(stream(), model, settings,
                        parse_methods("gradcam,lime,occlusion,kernelshap,rise"), kTask);
  const std::vector<Subject> subjects = {{&sample, {}}};
  const std::vector<Explained> found = explainers.explain(subjects);
  std::vector<std::string> worked, failed;
  for (const Explanation& e : found[0].explanations) worked.push_back(e.method);
  for (const Explained::Failure& failure : found[0].failures) {
    failed.push_back(failure.method);
    CHECK(failure.message == "the label image is 2 x 2, the picture 28 x 28");
  }
  CHECK(worked == std::vector<std::string>{"gradcam", "occlusion", "rise"});
  CHECK(failed == std::vector<std::string>{"lime", "kernelshap"});
  Explainers alone(stream(), model, settings, parse_methods("occlusion"), kTask);
  CHECK_SAME_BITS(alone.explain(subjects[0]).front().map, found[0].explanations[1].map);
}

TEST_CASE("explainers: the true class is asked for where it is known only") {
  const Model model = test::make_model();
  const Sample sample = test::make_picture();
  MethodSettings settings;
  make_quick(settings);
  const ExplainTask task{.target = {Target::Kind::truth, 0}};
  Explainers explainers(stream(), model, settings, parse_methods("gradcam,lime,rise"), task);
  for (const Explanation& e : explainers.explain(Subject{&sample, 2})) CHECK(e.target == 2);
  CHECK_THROWS_AS(explainers.explain(Subject{&sample, {}}), Error);
}

TEST_CASE("explainers: repetitions are left out where only maps are asked for") {
  const Model model = test::make_model();
  const Sample sample = test::make_picture();
  MethodSettings settings;
  make_quick(settings);
  set(settings, "repeat", 3);
  ExplainTask task = kTask;
  const auto repeated = [&] {
    Explainers explainers(stream(), model, settings, parse_methods("lime"), task);
    return explainers.explain(Subject{&sample, {}}).front();
  };
  const Explanation full = repeated();
  task.maps_only = true;
  const Explanation map = repeated();
  CHECK(full.details["repeat"]["count"] == 3);
  CHECK(map.details["repeat"].is_null());
  CHECK(map.cost.forwards < full.cost.forwards);
  CHECK_SAME_BITS(map.map, full.map);
}

TEST_CASE("explainers: a ranked class is the same for all methods, and as if it were asked for") {
  const Model model = test::make_model();
  const Sample sample = test::make_picture();
  MethodSettings settings;
  make_quick(settings);
  const Methods methods = parse_methods("gradcam,lime,rise,saliency");
  ExplainTask task{.target = {.kind = Target::Kind::ranked, .count = 3}, .seed = 3};
  Explainers ranked(stream(), model, settings, methods, task);
  const std::vector<Subject> subjects = {{&sample, {}, 0}, {&sample, 0, 1}, {&sample, {}, 2}};
  const std::vector<Explained> found = ranked.explain(subjects);
  std::set<int> labels;
  for (std::size_t i = 0; i < 3; ++i) {
    REQUIRE(found[i].explanations.size() == methods.size());
    const int label = found[i].explanations.front().target;
    labels.insert(label);
    task.target = {Target::Kind::fixed, label};
    Explainers fixed(stream(), model, settings, methods, task);
    const std::vector<Explanation> wanted = fixed.explain(Subject{&sample, {}});
    for (std::size_t m = 0; m < methods.size(); ++m) {
      CHECK(found[i].explanations[m].target == label);
      CHECK_SAME_BITS(found[i].explanations[m].map, wanted[m].map);
    }
  }
  CHECK(labels.size() == 3);
  const Prediction& p = found[0].explanations.front().prediction;
  CHECK(found[0].explanations.front().target == p.predicted);
  const auto logit = [&](std::size_t i) {
    return p.logits[static_cast<std::size_t>(found[i].explanations.front().target)];
  };
  CHECK(logit(0) >= logit(1));
  CHECK(logit(1) >= logit(2));
}
