#include "apps/study_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "apps/command_line.h"
#include "explain/explainer.h"
#include "nn/graph/model.h"
#include "runtime/error.h"
#include "runtime/formats/values.h"

namespace pellucid {
namespace {

constexpr int kMostStudyImages = 1000000;

bool names_file(const std::string& text) {
  std::error_code none;
  return !text.empty() && std::filesystem::exists(text, none);
}

std::string absolute_name(const std::string& text) {
  return std::filesystem::absolute(text).lexically_normal().string();
}

// Parts run in the study's folder.
void make_absolute(Json& options, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const auto found = options.find(name); found != options.end() && found->is_string())
      if (const std::string text = *found; names_file(text)) *found = absolute_name(text);
}

// The options of the data that are not as they would be anyway.
Json data_options(const DataOptions& options) {
  const DataOptions usual;
  Json out = Json::object();
  const auto add = [&](const char* name, const auto& value, const auto& otherwise) {
    if (value != otherwise) out[name] = value;
  };
  add("data", options.data, usual.data);
  add("protocol", options.protocol, usual.protocol);
  add("split", options.split, usual.split);
  add("data-seed", options.data_seed, usual.data_seed);
  add("size", options.size, usual.size);
  add("channels", options.channels, usual.channels);
  add("anonymous-ids", options.anonymous_ids, usual.anonymous_ids);
  add("phantom-size", options.phantom_size, usual.phantom_size);
  add("phantom-channels", options.phantom_channels, usual.phantom_channels);
  add("phantom-count", options.phantom_count, usual.phantom_count);
  add("phantom-seed", options.phantom_seed, usual.phantom_seed);
  add("shortcut", options.shortcut, usual.shortcut);
  return out;
}

// "epochs=10" and "shortcut": a flag.
void set_options(Json& options, const std::vector<std::string>& texts, const char* option) {
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    if (name.empty() || name[0] == '-')
      throw UsageError(
          concat(option, " expects NAME=VALUE, an option's name without --, got '", text, "'"));
    options[name] = equals == text.npos ? Json(true) : Json(text.substr(equals + 1));
  }
}

std::vector<std::uint64_t> parse_seeds(const std::string& text) {
  std::vector<std::uint64_t> out;
  for (const std::string& part : split_list(text, "--seeds"))
    out.push_back(static_cast<std::uint64_t>(parse_whole(part, "--seeds", 0, 1 << 30)));
  return out;
}

// The networks before what the other options change.
std::vector<StudyNetwork> asked_networks(const StudyOptions& options) {
  if (!options.preset.empty() && !options.plan.empty())
    throw UsageError("--preset and --plan each say what a study is; choose one");
  Json given = data_options(options.data);
  if (!options.plan.empty()) {
    if (!given.empty() || options.data.folds > 0)
      throw UsageError("--plan says which data there are; --data and its options belong there");
    return read_networks(read_json_file(options.plan), options.plan);
  }
  if (!options.preset.empty()) {
    const bool phantom = options.preset == "phantom";
    if (phantom && !options.data.data.empty() && options.data.data != "phantom")
      throw UsageError(concat("--preset phantom is of phantoms, not of ", options.data.data));
    given.erase("data");
    if ((!phantom && !given.empty()) || options.data.folds > 0)
      throw UsageError(concat("--preset ", options.preset,
                              " says how its data are prepared and divided; leave --",
                              options.data.folds > 0 ? "folds" : given.begin().key(),
                              " out, or use --data without --preset"));
    return preset_networks(options.preset, options.data.data);
  }
  check_data(options.data, FoldChoice::all);
  if (options.data.fold > 0) throw UsageError("--fold: a study trains all of --folds");
  StudyNetwork network = network_of_data("network");
  network.folds = options.data.folds;
  return {network};
}

void give_model(StudyNetwork& network, const std::string& model) {
  const std::vector<std::string>& built_in = builtin_models();
  const bool named = std::find(built_in.begin(), built_in.end(), model) != built_in.end();
  if (!named && names_file(model) && !model.ends_with(".json")) {
    network.given = absolute_name(model);
    network.seeds.clear();
    network.training = Json::object();
    // Its classes need not be those of the data, nor their values probabilities.
    network.explaining.erase("target");
    network.explaining.erase("score");
  } else {
    network.training["model"] = model;
  }
}

void change(StudyNetwork& network, const StudyOptions& options) {
  Json given = data_options(options.data);
  if (!options.preset.empty()) given.erase("data");  // it is there, of the networks that have it
  network.data.update(given);
  if (!options.model.empty()) give_model(network, options.model);
  set_options(network.training, options.training, "--train");
  set_options(network.explaining, options.explaining, "--explain");
  if (!options.seeds.empty() && network.given.empty()) network.seeds = parse_seeds(options.seeds);
  if (!options.method.empty() && !network.methods.empty()) {
    network.methods = names_of(parse_methods(options.method));
    std::erase_if(network.sanity_methods, [&](const std::string& name) {
      return std::find(network.methods.begin(), network.methods.end(), name) ==
             network.methods.end();
    });
  }
  if (options.images >= 0) {
    network.images = options.images;
    if (options.images > 0) network.sanity_images = std::min(network.sanity_images, options.images);
  }
  make_absolute(network.data, {"data", "split"});
  make_absolute(network.training, {"init"});
  make_absolute(network.explaining, {"segmenter"});
  if (const std::string model = text_at(network.training, "model"); model.ends_with(".json"))
    make_absolute(network.training, {"model"});
}

}  // namespace

void add_study_options(CommandLine& app, StudyOptions& o) {
  app.add_text("--preset", o.preset, "paper|fixed-scale|phantom",
               "a study that is known: all of the mammogram study (of --data, the folder of "
               "mini-MIAS), its part at one scale, or a small one on phantoms")
      .default_text("none: one network on --data");
  app.add_text("--plan", o.plan, "FILE.json", "a study of your own: {\"networks\": […]}")
      .default_text("none");
  add_data_options(app, o.data);
  app.add_text("--model", o.model, fmt::format("{}|FILE", fmt::join(builtin_models(), "|")),
               "network to train, built in or described; or one that is there (ONNX, "
               "safetensors): nothing is trained")
      .default_text("as the data need it");
  app.add_text("--seeds", o.seeds, "A,B,C", "trainings, one a seed").default_text("1,2,3");
  app.add_text("--method", o.method, "NAME,NAME|all", "which methods explain the first network")
      .default_text("all");
  app.add_whole("--max-images", o.images, 0, kMostStudyImages,
                "at most so many test images are explained; 0: all")
      .default_text("24");
  app.add_repeated("--train", o.training, "NAME=VALUE",
                   "an option of pellucid-train, e.g. epochs=10; for several, several times");
  app.add_repeated(
      "--explain", o.explaining, "NAME=VALUE",
      "an option of pellucid-explain, e.g. segmenter=slic; for several, several times");
  app.add_text("--budget", o.budget, "TIME",
               "do what fits into so long, as 90s, 20m or 1.5h: fewer seeds, then fewer images, "
               "then without the slowest methods")
      .default_text("none");
  app.add_flag("--dry-run", o.dry_run,
               "print the parts with the seconds and bytes that they take; write nothing");
  add_device(app, o.device);
  app.add_text("--out", o.out, "DIR", "folder to write, or of a study to go on with");
  app.add_text("--json", o.json, "FILE",
               "write study-result.json there too (with --dry-run study.json); - for standard "
               "output, in place of the tables");
}

std::vector<StudyNetwork> study_networks(const StudyOptions& options) {
  std::vector<StudyNetwork> networks = asked_networks(options);
  for (StudyNetwork& network : networks) change(network, options);
  return networks;
}

}  // namespace pellucid
