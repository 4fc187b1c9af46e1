#include "apps/training_settings.h"

#include <fmt/format.h>

#include "apps/command_line.h"
#include "nn/data/md5.h"
#include "nn/graph/model.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/nearest.h"
#include "runtime/formats/values.h"

namespace pellucid {
namespace {

constexpr const char* kBalanced = "balanced";

Schedule parse_schedule(const std::string& text) {
  if (text == "constant") return Schedule::constant;
  if (text == "cosine") return Schedule::cosine;
  throw UsageError(concat("unknown schedule '", text, "' (known: constant, cosine)"));
}

std::string weights_text(const std::vector<double>& weights,
                         const std::vector<std::string>& class_names) {
  std::string text;
  for (std::size_t c = 0; c < weights.size(); ++c)
    text += fmt::format("{}{} {:.4g}", c == 0 ? "" : ", ", class_names[c], weights[c]);
  return text;
}

}  // namespace

void add_training_options(CommandLine& app, TrainingOptions& options) {
  app.add_text("--model", options.model,
               fmt::format("{}|FILE.json", fmt::join(builtin_models(), "|")),
               "network, built in or described")
      .default_text("that of --init, else tiny for phantoms, balve2024 for other data");
  app.add_text("--init", options.init, "MODEL",
               "begin with the weights of this model.safetensors whose names and shapes are the "
               "network's; the others are drawn, and named");
  app.add_text(
         "--augment", options.augment, "none|paper|LIST",
         concat("how training pictures vary. LIST, as flip,rotate=10: anew in each epoch, of ",
                augmentation_help(), ". paper: 16 copies of each and equal classes, once"))
      .default_text("none, of mini-MIAS paper");
  app.add_whole("--epochs", options.epochs, 1, 100000,
                "passes over the training set, at most; --resume may raise them")
      .default_text(concat(options.train.epochs));
  app.add_whole("--batch", options.train.batch, 1, 65536, "images a step");
  app.add_real("--lr", options.learning_rate, 1e-12, 100, "learning rate of Adam")
      .default_text("1e-4, for phantoms 1e-3");
  app.add_text("--schedule", options.schedule, "constant|cosine",
               "learning rate of the epochs: all --lr, or falling as half a cosine to 0 behind the "
               "last of --epochs, a step an epoch");
  app.add_real(
      "--weight-decay", options.train.weight_decay, 0, 10,
      "decoupled (AdamW): each step shrinks the weights of convolutions and linear layers, "
      "not biases nor batch normalisation, by the learning rate times this");
  app.add_text(
         "--class-weights", options.class_weights, "A,B,C|balanced",
         "weight of each class in the training loss (the validation loss has none); balanced: "
         "images / (classes * images of the class)")
      .default_text("1,2,3 for mini-MIAS, else all 1");
  app.add_whole("--patience", options.patience, 0, 100000,
                "stop after so many epochs without a lower validation loss; 0: never; --resume may "
                "raise it")
      .default_text(concat(options.train.patience));
  app.add_seed("--seed", options.train.seed,
               "of initial weights, batch order, dropout, and of --augment LIST");
}

void check_settings(const TrainingOptions& options) {
  parse_schedule(options.schedule);
  choose_augmentation(options.augment, {});
}

ChosenAugmentation choose_augmentation(const std::string& text, const TrainingDefaults& defaults) {
  if (text == "paper" || (text.empty() && defaults.augmented))
    return {.paper = true, .each_epoch = {}};
  if (text.empty() || text == "none") return {};
  return {.paper = false, .each_epoch = parse_augmentation(text)};
}

std::vector<double> balanced_weights(const std::vector<Sample>& samples, std::size_t classes) {
  std::vector<double> weights;
  for (const std::size_t count : class_counts(samples, classes)) {
    require(count > 0, "balanced class weights need an image of each class");
    weights.push_back(static_cast<double>(samples.size()) / static_cast<double>(classes * count));
  }
  return weights;
}

void complete(TrainingOptions& options, const Dataset& dataset,
              const ChosenAugmentation& augmentation) {
  const TrainingDefaults defaults = training_defaults(dataset.source);
  TrainOptions& train = options.train;
  if (options.epochs > 0) train.epochs = options.epochs;
  if (options.patience >= 0) train.patience = options.patience;
  train.schedule = parse_schedule(options.schedule);
  train.learning_rate = options.learning_rate == 0 ? defaults.learning_rate : options.learning_rate;
  if (options.augment.empty() || augmentation.text() == choose_augmentation("", defaults).text())
    options.augment.clear();
  else options.augment = augmentation.text();

  const std::size_t classes = dataset.class_names.size();
  if (options.class_weights == kBalanced) {
    // The paper's copies have equally many of each class.
    train.class_weights = augmentation.paper ? std::vector<double>(classes, 1.0)
                                             : balanced_weights(dataset.train, classes);
    print_note("balanced class weights: " + weights_text(train.class_weights, dataset.class_names));
    return;
  }
  const std::string text =
      options.class_weights.empty() ? std::string(defaults.class_weights) : options.class_weights;
  if (text.empty()) train.class_weights.assign(classes, 1.0);
  else
    for (const std::string& weight : split_list(text, "--class-weights"))
      train.class_weights.push_back(parse_real(weight, "--class-weights", 1e-6, 1e6));
}

InitialModel read_initial_model(const std::string& path) {
  std::vector<std::byte> bytes = read_file(path);
  std::string md5 = md5_hex(bytes);
  InitialModel initial{SafetensorsFile::parse(std::move(bytes), path), std::move(md5), {}, {}};
  if (initial.file.metadata().contains("provenance"))
    initial.provenance = initial.file.metadata_json("provenance", "a model of Pellucid");
  if (initial.file.metadata().contains("seen_images"))
    initial.seen_images = initial.file.metadata_json("seen_images", "a model of Pellucid");
  return initial;
}

Json description_of(const InitialModel& initial) {
  Json description = initial.file.metadata_json(
      "model", "a model of Pellucid, which --init needs without --model");
  JsonView(description, initial.file.file() + ": metadata model").expect_object();
  description.erase("classes");
  return description;
}

std::string taken_text(const std::string& path, const TakenWeights& weights) {
  std::string text =
      fmt::format("{}: {} of {} weights taken to begin with", path, weights.taken.size(),
                  weights.taken.size() + weights.not_taken.size());
  for (const std::string& name : weights.not_taken) text += "\nnot taken: " + name;
  if (!weights.unused.empty()) text += "\nunused there: " + joined(weights.unused);
  return text;
}

Json describe_initial(const InitialModel& initial, const TakenWeights& weights) {
  return {{"md5", initial.md5},
          {"taken", weights.taken},
          {"not_taken", weights.not_taken},
          {"unused", weights.unused},
          {"provenance", initial.provenance}};
}

Json describe_settings(const TrainingOptions& options) {
  Json out = describe_options(options.data);
  out["model"] = options.model;
  out["epochs"] = options.train.epochs;
  out["batch"] = options.train.batch;
  out["learning_rate"] = options.train.learning_rate;
  out["class_weights"] = options.train.class_weights;
  out["patience"] = options.train.patience;
  out["seed"] = options.train.seed;
  if (!options.augment.empty()) out["augment"] = options.augment;
  if (options.train.schedule != Schedule::constant) out["schedule"] = options.schedule;
  if (options.train.weight_decay > 0) out["weight_decay"] = options.train.weight_decay;
  if (options.class_weights == kBalanced) out["class_weights_rule"] = kBalanced;
  return out;
}

}  // namespace pellucid
