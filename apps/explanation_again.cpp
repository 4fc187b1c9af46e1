#include "apps/explanation_again.h"

#include <algorithm>
#include <set>

#include "apps/child_program.h"
#include "apps/command_line.h"
#include "apps/inspect/file_kind.h"
#include "apps/scratch_folder.h"
#include "apps/sought_file.h"
#include "apps/version.h"
#include "explain/explainers.h"
#include "explain/record/image_record.h"
#include "explain/scores/explanation_scores.h"
#include "explain/target.h"
#include "nn/data/codec/image_file.h"
#include "nn/data/data_source.h"
#include "runtime/error.h"
#include "runtime/file.h"

namespace pellucid {
namespace {

namespace fs = std::filesystem;

// What of the pictures and records of a run says how, not when or how long.
Json without_times(Json document) {
  for (Json& explanation : document["explanations"])
    for (const char* key : {"cost", "score_cost", "files"}) explanation.erase(key);
  return document;
}

Json default_settings(MethodSettings& settings) {
  Json out = Json::object();
  for (const Setting& setting : settings.list()) setting.describe(out);
  return out;
}

std::string option_name(const std::string& key) {
  std::string out = "--" + key;
  std::replace(out.begin(), out.end(), '_', '-');
  return out;
}

void add_option(std::vector<std::string>& to, const std::string& key, const Json& value) {
  if (value.is_null() || value == "" || value == false) return;
  to.push_back(option_name(key));
  if (value != true) to.push_back(value.is_string() ? value.get<std::string>() : value.dump());
}

void add_scores(std::vector<std::string>& to, const Json& scores) {
  const Json usual = ScoreSettings{}.describe();
  to.push_back("--scores");
  for (const auto& [key, option] :
       {std::pair("steps", "score_steps"), std::pair("baseline", "score_baseline"),
        std::pair("sensitivity_samples", "score_sensitivity"),
        std::pair("randomize", "score_randomize")})
    if (part_at(scores, key) != usual[key]) add_option(to, option, part_at(scores, key));
}

// ".topR" of an explanation of the R-th likely class, without which its picture's id is; else "".
std::string rank_of(const EarlierExplanation& earlier) {
  const std::string target = text_at(earlier.settings, "target"), suffix = "." + target;
  return ranked_count(target) > 0 && earlier.id.ends_with(suffix) ? suffix : "";
}

// What differs in the settings that two pictures carry; "" if nothing does.
std::string text_difference(const fs::path& before, const fs::path& now) {
  return first_difference(inspect_file(before.string())["text"],
                          inspect_file(now.string())["text"]);
}

}  // namespace

EarlierExplanation read_earlier(const fs::path& file) {
  EarlierExplanation out;
  out.file = file;
  const std::string name = file.string();
  out.is_picture = file.extension() == ".png";
  if (out.is_picture) {
    const Json facts = inspect_file(name);
    const Json& text = part_at(facts, "text");
    const std::string title = text_at(text, "Title"), software = text_at(text, "Software");
    constexpr std::string_view program = "pellucid-explain ";
    const std::size_t space = title.rfind(' ');
    require(
        software.starts_with(program) && space != title.npos, name,
        ": not a picture of pellucid-explain (found no settings of it; expected its tEXt chunks)");
    out.id = parse_json("\"" + title.substr(0, space) + "\"", name).get<std::string>();
    out.method = title.substr(space + 1);
    out.version = software.substr(program.size());
    out.settings = text;
  } else {
    out.document = read_json_file(name);
    const ImageRecord record = image_record(out.document, name);
    out.id = record.id;
    out.version = text_at(out.document, "version");
    out.settings = record.settings;
  }
  const Json& facts = out.is_picture ? out.settings : out.document;
  out.input = text_at(facts, "input");
  out.input_md5 = text_at(facts, "input_md5");
  out.device = out.is_picture ? "" : text_at(facts, "device");
  out.variants = part_at(facts, "variants");
  require(!text_at(out.settings, "model").empty(), name,
          ": settings.model: missing (found nothing; expected the file of a model)");
  return out;
}

std::vector<std::string> again_options(const EarlierExplanation& earlier) {
  MethodSettings known;
  const Json usual = default_settings(known);
  static const std::set<std::string> own = {
      "subset",  "circle",    "frame",         "where",
      "target",  "score",     "seed",          "randomize_weights",
      "device",  "precision", "method",        "protocol",
      "split",   "data_seed", "folds",         "fold",
      "size",    "channels",  "phantom_count", "phantom_seed",
      "shortcut"};
  std::vector<std::string> out;
  for (const auto& [key, value] : earlier.settings.items()) {
    const bool of_methods = usual.contains(key) && !key.ends_with("_md5");
    if (own.contains(key) || (of_methods && value != usual[key])) add_option(out, key, value);
  }
  if (earlier.variants.is_object())
    for (const auto& [name, variant] : earlier.variants.items())
      if (variant.is_string()) {
        out.push_back("--variant");
        out.push_back(name + "=" + variant.get<std::string>());
      }
  if (const Json& scores = part_at(earlier.settings, "scores"); scores.is_object())
    add_scores(out, scores);
  return out;
}

namespace {

// One explanation again, in a folder of its own.
class Again {
 public:
  Again(const EarlierExplanation& earlier, const std::vector<std::string>& look)
      : earlier_(earlier), look_(look) {}

  Json run() {
    if (earlier_.version != version())
      differs(concat("version: was ", earlier_.version, ", is ", version()));
    const SoughtFile model = seek_file(earlier_.file, "model", text_at(earlier_.settings, "model"),
                                       text_at(earlier_.settings, "model_md5"), look_);
    if (!model.problem.empty()) return differs(model.problem), result();
    std::vector<std::string> arguments = again_options(earlier_);
    arguments.insert(arguments.end(), {"--model", model.name, "--out", scratch_.path().string()});
    const std::string data = text_at(earlier_.settings, "data");
    fs::path folder = model.base;
    if (data.empty()) {
      const SoughtFile image =
          seek_file(earlier_.file, "input", earlier_.input, earlier_.input_md5, look_);
      if (!image.problem.empty()) return differs(image.problem), result();
      const bool one_base = image.base == folder || fs::path(image.name).is_absolute();
      arguments.insert(arguments.end(),
                       {"--image", one_base ? image.name : (image.base / image.name).string()});
    } else {
      arguments.insert(arguments.end(),
                       {"--data", place_of_data(data, folder), "--ids",
                        earlier_.id.substr(0, earlier_.id.size() - rank_of(earlier_).size())});
    }
    const fs::path log = scratch_.path() / "again.log";
    ChildProgram child("pellucid-explain", arguments, folder, log);
    const int code = wait_for(child, [](double) {});
    if (code != kExitDone) differs("cannot be explained again: " + last_words(log));
    else compare();
    return result();
  }

 private:
  void differs(const std::string& text) { differences_.push_back(text); }

  Json result() const {
    return {{"file", earlier_.file.string()},
            {"equal", differences_.empty()},
            {"differences", differences_}};
  }

  // A folder or file of the data that is not there any more from `folder`: where else it may be meant.
  std::string place_of_data(const std::string& data, const fs::path& folder) const {
    std::error_code none;
    const DataSource* source = recognise_data(data);
    const bool named = source && source->recognise(data) == Recognition::by_name;  // no file
    if (named || fs::exists(folder / data, none)) return data;
    for (const fs::path& base : bases_of(earlier_.file))
      if (fs::exists(base / data, none)) return (base / data).string();
    const std::string name = fs::path(data).filename().string();
    for (const std::string& look : look_)
      for (const fs::path& place : {fs::path(look) / name, fs::path(look)})
        if (place.filename() == name && fs::exists(place, none))
          return fs::absolute(place).string();
    return data;
  }

  void compare() {
    // The id of an image is its file's name, which may be another one now.
    std::string id = earlier_.id;
    for (const auto& file : fs::directory_iterator(scratch_.path()))
      if (const std::string stem = file.path().stem().string();
          file.path().extension() == ".json" && stem.ends_with(rank_of(earlier_)))
        id = stem;
    const fs::path record = scratch_.path() / (id + ".json");
    const Json now = read_json_file(record.string());
    const std::string input = text_at(now, "input_md5");
    if (!earlier_.input_md5.empty() && input != earlier_.input_md5)
      differs(
          concat("input: has changed (found md5 ", input, "; expected ", earlier_.input_md5, ")"));
    if (earlier_.is_picture)
      compare_picture(scratch_.path() / (id + "." + earlier_.method + ".png"));
    else compare_record(now, record.string());
  }

  void compare_picture(const fs::path& now) {
    if (!fs::exists(now)) return differs(concat(earlier_.method, ": was not explained"));
    if (read_file(now) == read_file(earlier_.file)) return;
    const bool same_pixels =
        content_hash(read_image(now.string())) == content_hash(read_image(earlier_.file.string()));
    const std::string text = text_difference(earlier_.file, now);
    differs(concat(same_pixels ? "the same pixels" : "other pixels",
                   text.empty() ? "" : "; of what it tells " + text));
  }

  void compare_record(const Json& now, const std::string& file) {
    const ImageRecord before = image_record(earlier_.document, earlier_.file.string()),
                      after = image_record(now, file);
    for (const ExplanationRecord& then : before.explanations) {
      const ExplanationRecord* one = after.find(then.method);
      if (!one) differs(then.method + ": was not explained");
      else if (!then.map_md5.empty() && one->map_md5 != then.map_md5)
        differs(concat("map of ", then.method, ": found md5 ", one->map_md5, "; expected ",
                       then.map_md5));
    }
    Json was = without_times(earlier_.document), is = without_times(now);
    if (const std::string text = first_difference(was, is); !text.empty())
      differs(concat("record: ", text));
  }

  const EarlierExplanation& earlier_;
  const std::vector<std::string>& look_;
  ScratchFolder scratch_;
  std::vector<std::string> differences_;
};

}  // namespace

Json explain_again(const EarlierExplanation& earlier, const std::vector<std::string>& look) {
  return Again(earlier, look).run();
}

}  // namespace pellucid
