// Files that are whole as JSON and wrong as pellucid-explain's record of an image.
#include "runtime/formats/json.h"
#include "tests/hostile/formats.h"

namespace pellucid::test {
namespace {

Json good() {
  return parse_json(R"({
    "id": "mdb001", "group": "woman1", "settings": {"seed": 0}, "true_class": "benign",
    "prediction": {"label": 1, "class": "benign", "probabilities": [0.25, 0.75]},
    "explanations": [
      {"method": "gradcam", "target": {"class": "benign"}, "uniform": true,
       "map": {"height": 4, "width": 6}, "cost": {"seconds": 0.5, "forwards": 1},
       "localisation": null},
      {"method": "lime", "target": {"class": "benign"}, "uniform": false,
       "map": {"height": 4, "width": 6}, "cost": {"seconds": 2, "forwards": 1001},
       "scores": {"deletion_auc": 0.25, "insertion_auc": null,
                  "randomization_spearman": {"out": 0.5, "conv1": null}},
       "localisation": {"peak_in_lesion": true, "lesion_share": 0.125},
       "warnings": ["few masks"], "files": {"map_md5": "00", "picture_md5": "11"}}]})",
                    "good");
}

// With `value` at a JSON pointer.
std::string with(const char* pointer, const Json& value) {
  Json json = good();
  json[Json::json_pointer(pointer)] = value;
  return json.dump();
}

std::string without(const char* object, const char* key) {
  Json json = good();
  json[Json::json_pointer(object)].erase(key);
  return json.dump();
}

}  // namespace

std::vector<HostileFile> hostile_image_record() {
  return {
      {"plain", good().dump(), ""},
      {"of-no-group", without("", "group"), ""},
      {"of-no-class", with("/true_class", nullptr), ""},
      {"no-files", without("/explanations/1", "files"), ""},
      {"no-picture", without("/explanations/1/files", "picture_md5"), ""},
      {"group-is-a-number", with("/group", 1),
       "FILE: group: wrong value (found 1; expected a text)"},
      {"true-class-is-a-number", with("/true_class", 1),
       "FILE: true_class: wrong value (found 1; expected a text)"},
      {"no-prediction", without("", "prediction"),
       "FILE: missing key (found none named \"prediction\"; expected one)"},
      {"predicted-class-is-null", with("/prediction/class", nullptr),
       "FILE: prediction.class: wrong value (found null; expected a text)"},
      {"label-beyond-the-classes", with("/prediction/label", 2),
       "FILE: prediction.label: wrong value (found 2; expected an integer from 0 to 1)"},
      {"no-probabilities", with("/prediction/probabilities", Json::array()),
       "FILE: prediction: missing key (found none named \"logits\"; expected one)"},
      {"probability-above-1", with("/prediction/probabilities/1", 1.5),
       "FILE: prediction.probabilities[1]: wrong value (found 1.5; expected a number from 0 to 1)"},
      {"no-target", without("/explanations/0", "target"),
       "FILE: explanations[0]: missing key (found none named \"target\"; expected one)"},
      {"target-is-a-text", with("/explanations/0/target", "benign"),
       "FILE: explanations[0].target: wrong value (found \"benign\"; expected an object)"},
      {"uniform-is-null", with("/explanations/0/uniform", nullptr),
       "FILE: explanations[0].uniform: wrong value (found null; expected true or false)"},
      {"no-map", without("/explanations/0", "map"),
       "FILE: explanations[0]: missing key (found none named \"map\"; expected one)"},
      {"map-of-height-0", with("/explanations/0/map/height", 0),
       "FILE: explanations[0].map.height: wrong value (found 0; expected an integer from 1 to "
       "1048576)"},
      {"map-too-wide", with("/explanations/0/map/width", std::int64_t{1} << 40),
       "FILE: explanations[0].map.width: wrong value (found 1099511627776; expected an integer "
       "from 1 to 1048576)"},
      {"score-of-layer-is-a-text",
       with("/explanations/1/scores/randomization_spearman/out", "high"),
       "FILE: explanations[1].scores.randomization_spearman.out: wrong value (found \"high\"; "
       "expected a number from -1e+300 to 1e+300)"},
      {"lesion-share-above-1", with("/explanations/1/localisation/lesion_share", 2),
       "FILE: explanations[1].localisation.lesion_share: wrong value (found 2; expected a number "
       "from 0 to 1)"},
      {"no-lesion-share", without("/explanations/1/localisation", "lesion_share"),
       "FILE: explanations[1].localisation: missing key (found none named \"lesion_share\"; "
       "expected one)"},
      {"warnings-are-a-text", with("/explanations/1/warnings", "few"),
       "FILE: explanations[1].warnings: wrong value (found \"few\"; expected an array)"},
      {"warning-is-a-number", with("/explanations/1/warnings/0", 5),
       "FILE: explanations[1].warnings[0]: wrong value (found 5; expected a text)"},
      {"files-are-a-text", with("/explanations/1/files", "some"),
       "FILE: explanations[1].files: wrong value (found \"some\"; expected an object)"},
      {"no-hash-of-the-map", without("/explanations/1/files", "map_md5"),
       "FILE: explanations[1].files: missing key (found none named \"map_md5\"; expected one)"},
      {"hash-is-a-number", with("/explanations/1/files/picture_md5", 5),
       "FILE: explanations[1].files.picture_md5: wrong value (found 5; expected a text)"},
      {"no-scores", with("/explanations/1/scores", Json::object()), ""},
      {"cut", good().dump().substr(0, 20),
       "FILE: not JSON at line 1, column 21 (found invalid string: missing closing quote; expected "
       "string literal)"},
      {"an-array", "[]", "FILE: wrong value (found an array of 0; expected an object)"},
      {"no-id", without("", "id"), "FILE: missing key (found none named \"id\"; expected one)"},
      {"id-is-a-number", with("/id", 1), "FILE: id: wrong value (found 1; expected a text)"},
      {"no-settings", without("", "settings"),
       "FILE: missing key (found none named \"settings\"; expected one)"},
      {"settings-are-an-array", with("/settings", Json::array()),
       "FILE: settings: wrong value (found an array of 0; expected an object)"},
      {"no-explanations", without("", "explanations"),
       "FILE: missing key (found none named \"explanations\"; expected one)"},
      {"explanations-are-an-object", with("/explanations", Json::object()),
       "FILE: explanations: wrong value (found an object; expected an array of at least 1)"},
      {"explanations-are-none", with("/explanations", Json::array()),
       "FILE: explanations: wrong value (found an array of 0; expected an array of at least 1)"},
      {"explanation-is-null", with("/explanations/0", nullptr),
       "FILE: explanations[0]: wrong value (found null; expected an object)"},
      {"no-method", without("/explanations/1", "method"),
       "FILE: explanations[1]: missing key (found none named \"method\"; expected one)"},
      {"method-is-null", with("/explanations/1/method", nullptr),
       "FILE: explanations[1].method: wrong value (found null; expected a text)"},
      {"method-twice", with("/explanations/1/method", "gradcam"),
       "FILE: explanations[1].method: wrong value (found \"gradcam\"; expected each method once)"},
      {"no-cost", without("/explanations/0", "cost"),
       "FILE: explanations[0]: missing key (found none named \"cost\"; expected one)"},
      {"cost-is-a-number", with("/explanations/0/cost", 1),
       "FILE: explanations[0].cost: wrong value (found 1; expected an object)"},
      {"no-seconds", without("/explanations/0/cost", "seconds"),
       "FILE: explanations[0].cost: missing key (found none named \"seconds\"; expected one)"},
      {"seconds-are-a-text", with("/explanations/0/cost/seconds", "long"),
       "FILE: explanations[0].cost.seconds: wrong value (found \"long\"; expected a number from 0 "
       "to 1e+300)"},
      {"seconds-below-zero", with("/explanations/0/cost/seconds", -0.5),
       "FILE: explanations[0].cost.seconds: wrong value (found -0.5; expected a number from 0 to "
       "1e+300)"},
      {"seconds-beyond-all", with("/explanations/0/cost/seconds", 1e301),
       "FILE: explanations[0].cost.seconds: wrong value (found 1e+301; expected a number from 0 to "
       "1e+300)"},
      {"no-forwards", without("/explanations/1/cost", "forwards"),
       "FILE: explanations[1].cost: missing key (found none named \"forwards\"; expected one)"},
      {"forwards-are-true", with("/explanations/1/cost/forwards", true),
       "FILE: explanations[1].cost.forwards: wrong value (found true; expected an integer "
       "from 0 to 9007199254740992)"},
      {"scores-are-an-array", with("/explanations/1/scores", Json::array()),
       "FILE: explanations[1].scores: wrong value (found an array of 0; expected an object)"},
      {"score-is-a-text", with("/explanations/1/scores/deletion_auc", "high"),
       "FILE: explanations[1].scores.deletion_auc: wrong value (found \"high\"; expected a number "
       "from -1e+300 to 1e+300)"},
      {"score-beyond-all", with("/explanations/1/scores/deletion_auc", -1e301),
       "FILE: explanations[1].scores.deletion_auc: wrong value (found -1e+301; expected a number "
       "from -1e+300 to 1e+300)"},
      {"no-localisation", without("/explanations/0", "localisation"),
       "FILE: explanations[0]: missing key (found none named \"localisation\"; expected one)"},
      {"localisation-is-a-number", with("/explanations/0/localisation", 0),
       "FILE: explanations[0].localisation: wrong value (found 0; expected an object)"},
      {"no-peak", with("/explanations/1/localisation", Json::object()),
       "FILE: explanations[1].localisation: missing key (found none named \"peak_in_lesion\"; "
       "expected one)"},
      {"peak-is-a-number", with("/explanations/1/localisation/peak_in_lesion", 1),
       "FILE: explanations[1].localisation.peak_in_lesion: wrong value (found 1; expected true or "
       "false)"},
  };
}

}  // namespace pellucid::test
