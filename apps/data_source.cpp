#include "apps/data_source.h"

#include <filesystem>
#include <tuple>

#include "apps/command_line.h"
#include "nn/data/codec/image_file.h"
#include "nn/data/mias/film.h"
#include "runtime/error.h"
#include "runtime/formats/nearest.h"
#include "runtime/formats/values.h"

namespace pellucid {
namespace {

constexpr int kDefaultPhantomSize = 64;

// "224" or "200x300": height and width; "" is 224.
std::pair<int, int> parse_size(const std::string& text) {
  if (text.empty()) return {224, 224};
  const std::size_t cross = text.find('x');
  const int height = parse_whole(text.substr(0, cross), "--size", 1, 4096);
  if (cross == std::string::npos) return {height, height};
  return {height, parse_whole(text.substr(cross + 1), "--size", 1, 4096)};
}

DatasetOptions to_dataset_options(const DataOptions& options,
                                  const std::optional<ActivationShape>& input) {
  DatasetOptions out;
  out.data = options.data;
  if (!options.protocol.empty()) out.protocol = options.protocol;
  out.seed = options.data_seed;
  out.phantom_seed = options.phantom_seed;
  out.phantom.size = options.phantom_size ? options.phantom_size
                     : input              ? input->h
                                          : kDefaultPhantomSize;
  out.phantom.channels = options.phantom_channels ? options.phantom_channels : input ? input->c : 1;
  std::tie(out.pictures.height, out.pictures.width) = parse_size(options.size);
  if (input && options.size.empty()) out.pictures.height = input->h, out.pictures.width = input->w;
  const bool of_model = input && input->c > 0;
  out.pictures.channels = options.channels ? options.channels : of_model ? input->c : 1;
  out.pictures.colour = out.pictures.channels == 3;
  out.pictures.anonymous = options.anonymous_ids;
  const std::vector<std::string> counts = split_list(options.phantom_count, "--phantom-count");
  if (counts.size() != 3)
    throw UsageError(
        concat("--phantom-count expects train,valid,test, got '", options.phantom_count, "'"));
  const auto count = [&](std::size_t i) {
    return parse_whole(counts[i], "--phantom-count", 0, 100000);
  };
  out.phantom.train_per_class = count(0);
  out.phantom.valid_per_class = count(1);
  out.phantom.test_per_class = count(2);
  out.phantom.shortcut = options.shortcut;
  return out;
}

}  // namespace

void add_data_options(CommandLine& app, DataOptions& options) {
  app.add_text(
      "--data", options.data, "DIR|phantom|FILE",
      concat("the images: a folder of ", image_formats(),
             " files, with a sub-folder for each class, divided into train, valid and test, or "
             "flat; a CSV table of their paths, labels, splits and groups; the folder of "
             "mini-MIAS; procedural phantoms; or a file made by pellucid-data --out"));
  const auto of = [&](const DataSource& source) {
    return [&](Option option) { options.of_sources.emplace_back(&source, option); };
  };
  of(mias_source)(
      app.add_text(
             "--protocol", options.protocol, "paper|fixed-scale",
             "preparation of mini-MIAS: as in Balve & Hendrix (CHIL 2024), where blur betrays the "
             "class, or windows of one scale for every class")
          .default_text("paper"));
  app.add_text(
         "--split", options.split, "paper|group|A/B/C|FILE",
         "division into train, valid and test: the paper's; 70/15/15 with a patient's images on "
         "one side (of mini-MIAS a woman's two breasts; woman is the same); any other parts; or a "
         "CSV file with columns id,split")
      .default_text("their own, of mini-MIAS paper");
  app.add_whole("--folds", options.folds, 3, 1000,
                "cross-validation: divide into so many parts, a patient's images in one")
      .default_text("none");
  app.add_whole("--fold", options.fold, 1, 1000,
                "of --folds the part that tests; the next one validates, the others train")
      .default_text("none");
  app.add_seed("--data-seed", options.data_seed,
               "of --split group and A/B/C, of --folds, of the places in normal breasts that "
               "fixed-scale shows, and of the augmentation of mini-MIAS");
  const auto folder = [&](Option option) {
    of(folder_source)(option.group("Folders and tables of images"));
  };
  folder(app.add_text("--size", options.size, "N|HxW",
                      "resize every image to so many pixels, whatever its proportions")
             .default_text("of the model's input, else 224"));
  folder(app.add_whole("--channels", options.channels, 1, 3, "1: in grey; 3: in colour")
             .default_text("of a described model's input, else 1"));
  folder(app.add_flag(
      "--anonymous-ids", options.anonymous_ids,
      "ids from what pictures show and numbers for groups: names of files and patients stay "
      "out of records, tables and pictures"));
  const auto phantom = [&](Option option) { of(phantom_source)(option.group("Phantoms")); };
  phantom(app.add_whole("--phantom-size", options.phantom_size, 32, 1024, "side in pixels")
              .default_text("of the model's input, else 64"));
  phantom(
      app.add_whole("--phantom-channels", options.phantom_channels, 1, 3, "equal channels, 1 or 3")
          .default_text("of the model's input, else 1"));
  phantom(app.add_text("--phantom-count", options.phantom_count, "TRAIN,VALID,TEST",
                       "images of each of the three classes in each subset"));
  phantom(app.add_seed("--phantom-seed", options.phantom_seed, "another seed, other phantoms"));
  phantom(app.add_flag("--shortcut", options.shortcut,
                       "a corner marker betrays the class, as in films that were marked"));
}

const DataSource& check_data(const DataOptions& options, FoldChoice choice) {
  require_option(options.data, "--data", "phantom, a folder of images, or a packed file");
  if (!options.protocol.empty()) parse_mias_protocol(options.protocol);
  if (!is_split(options.split))
    throw UsageError(concat("unknown split '", options.split,
                            "' (known: paper, group, three parts as 70/15/15, or a CSV file with "
                            "columns id,split)"));
  if (options.fold > 0 && options.folds == 0)
    throw UsageError("--fold chooses one of --folds, which is missing");
  if (options.folds > 0 && options.fold == 0 && choice == FoldChoice::one)
    throw UsageError(concat("--folds ", options.folds, " needs --fold, the one that tests"));
  const DataSource* source = recognise_data(options.data);
  require(source != nullptr, options.data,
          ": no such folder or file (--data takes phantom, a folder of images, or a file made by "
          "pellucid-data --out)");
  if (options.channels == 2) throw UsageError("--channels must be 1 or 3, got 2");
  parse_size(options.size);
  for (const auto& [owner, option] : options.of_sources)
    if (owner != source && option.given())
      throw UsageError(concat(option.name(), " is for ", owner->description, " only"));
  return *source;
}

void say_notes(const Dataset& dataset) {
  for (const std::string& note : dataset.notes) print_note("note: " + note);
  for (const LoadFailure& failure : dataset.failures) print_note("failed: " + failure.message);
}

PictureOptions pictures_for(const Checkpoint& checkpoint, bool anonymous_ids) {
  const ActivationShape& input = checkpoint.model.input();
  return {input.h,
          input.w,
          input.c,
          takes_colour(checkpoint),
          to_text(part_at(checkpoint.info.preprocessing, "steps")),
          anonymous_ids};
}

Dataset load_data(const DataOptions& options, const std::optional<ActivationShape>& input) {
  Dataset dataset = load_dataset(to_dataset_options(options, input));
  say_notes(dataset);
  return dataset;
}

DatasetOptions dataset_options(const DataOptions& options, const Checkpoint& checkpoint) {
  DatasetOptions out = to_dataset_options(options, checkpoint.model.input());
  if (options.size.empty() && options.channels == 0)
    out.pictures = pictures_for(checkpoint, options.anonymous_ids);
  return out;
}

Dataset load_data(const DataOptions& options, const Checkpoint& checkpoint) {
  Dataset dataset = load_dataset(dataset_options(options, checkpoint));
  say_notes(dataset);
  return dataset;
}

DivisionOptions division_of(const DataOptions& options) {
  return {options.split, options.folds, options.fold, options.data_seed};
}

bool stays_undivided(const DivisionOptions& division, const std::string& wanted) {
  return wanted == "all" && division.split.empty() && division.folds == 0;
}

Dataset divide_data(Dataset dataset, const DivisionOptions& division, const std::string& wanted) {
  if (!stays_undivided(division, wanted)) dataset = divide(std::move(dataset), division);
  const std::vector<std::string> notes = duplicate_notes(dataset);
  for (const std::string& note : notes) print_note("note: " + note);
  dataset.notes.insert(dataset.notes.end(), notes.begin(), notes.end());
  return dataset;
}

Dataset open_data(const DataOptions& options) {
  check_data(options);
  return divide_data(load_data(options), division_of(options));
}

std::vector<ChosenSample> choose_subset(const Dataset& dataset, const std::string& name) {
  std::vector<ChosenSample> chosen;
  for (const std::string_view each : kSubsetNames)
    if (name == "all" || name == each)
      for (const Sample& sample : subset(dataset, each)) chosen.push_back({&sample, each});
  if (chosen.empty()) {
    if (name != "all") subset(dataset, name);  // throws for an unknown name
    fail("subset ", name, " has no images; choose another --subset");
  }
  return chosen;
}

std::vector<std::string> all_class_names(const Model& model) {
  std::vector<std::string> names = model.class_names();
  for (int c = static_cast<int>(names.size()); c < model.classes(); ++c)
    names.push_back(concat("class", c));
  return names;
}

bool takes_colour(const Checkpoint& checkpoint) {
  return part_at(checkpoint.info.preprocessing, "colour") == true;
}

void check_fit(const Checkpoint& checkpoint, const Dataset& dataset) {
  const ActivationShape& input = checkpoint.model.input();
  const DataSource* source = find_data_source(dataset.source);
  require(
      input.h == dataset.height && input.w == dataset.width && input.c == dataset.channels,
      "the data do not fit the model: images of ", dataset.height, "x", dataset.width, "x",
      dataset.channels, ", a model for ", input.to_string(),
      source && !source->size_options.empty() ? concat("; leave out ", source->size_options) : "");
  const std::vector<std::string>& classes = checkpoint.model.class_names();
  if (dataset.class_names.empty()) return;  // of pictures to predict or explain
  require(classes.empty()
              ? checkpoint.model.classes() == static_cast<int>(dataset.class_names.size())
              : classes == dataset.class_names,
          "the data do not fit the model: classes ", joined(dataset.class_names), ", a model for ",
          classes.empty() ? concat(checkpoint.model.classes()) : joined(classes));
  const Json& made_for = checkpoint.info.preprocessing;
  const Json here = describe_preprocessing(dataset);
  require(
      !made_for.contains("colour") || made_for["colour"] == dataset.colour,
      "the data do not fit the model: it was made for ",
      dataset.colour ? "grey pictures, these are in colour" : "colour, these pictures are grey");
  const bool as_in_training = part_at(made_for, "steps") == here["steps"];
  for (const char* key : {"source", "protocol"})
    if (made_for.contains(key) && made_for[key] != here[key] &&
        !(as_in_training && std::string_view(key) == "protocol"))
      print_note(concat("note: the model was made for ", key, " ", made_for[key].dump(),
                        ", these data are ", here[key].dump()));
}

void require_classes(const Dataset& dataset, const char* purpose) {
  require(!dataset.class_names.empty(), purpose,
          " needs the classes of the pictures: a folder for each class, or a table with a column "
          "label");
}

Json describe_data(const Dataset& dataset) {
  Json counts = Json::object();
  for (const std::string_view name : kSubsetNames)
    counts[std::string(name)] = class_counts(subset(dataset, name), dataset.class_names.size());
  Json out = {{"source", dataset.source},
              {"protocol", dataset.protocol},
              {"split", dataset.split},
              {"content_hash", content_hash(dataset)},
              {"height", dataset.height},
              {"width", dataset.width},
              {"channels", dataset.channels},
              {"colour", dataset.colour},
              {"class_names", dataset.class_names},
              {"samples_by_class", std::move(counts)}};
  if (!dataset.notes.empty()) out["notes"] = dataset.notes;
  return out;
}

Json describe_preprocessing(const Dataset& dataset) {
  return {{"source", dataset.source},
          {"protocol", dataset.protocol},
          {"colour", dataset.colour},
          {"steps", parse_json(dataset.preprocessing, "preprocessing")}};
}

Json describe_options(const DataOptions& options) {
  Json out = {{"data", options.data},
              {"protocol", options.protocol},
              {"split", options.split},
              {"data_seed", options.data_seed}};
  if (options.folds > 0) out["folds"] = options.folds;
  if (options.fold > 0) out["fold"] = options.fold;
  if (!options.size.empty()) out["size"] = options.size;
  if (options.channels > 0) out["channels"] = options.channels;
  if (recognise_data(options.data) == &phantom_source) {
    out["phantom_count"] = options.phantom_count;
    out["phantom_seed"] = options.phantom_seed;
    out["shortcut"] = options.shortcut;
  }
  return out;
}

}  // namespace pellucid
