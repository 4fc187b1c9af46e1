#include "nn/train/checkpoint.h"
#include "nn/train/trainer.h"
#include "runtime/error.h"
#include "runtime/formats/safetensors.h"
#include "tests/hostile/readers/readers.h"
#include "tests/hostile/saved_files.h"
#include "tests/support/device.h"

namespace pellucid::test {
namespace {

Model small_model() {
  Model model(
      stream(),
      parse_json(
          R"({"name":"m","input":[1,2,1],"layers":[{"type":"flatten"},{"type":"linear","outputs":2}]})",
          "small_model"),
      1);
  model.set_class_names({"a", "b"});
  return model;
}

TrainOptions options() {
  TrainOptions options;
  options.epochs = 3;
  options.batch = 2;
  return options;
}

// A trainer that can load() saved_run(), and what it needs to live.
struct Run {
  Model model = small_model();
  std::vector<Sample> samples = {
      {"x", 0, "", {1, 2}, {}, {}}, {"y", 1, "", {3, 4}, {}, {}}, {"z", 1, "", {5, 6}, {}, {}}};
  ImageSet images{stream(), samples, 1, 2, 1, 2};
  Trainer trainer{stream(), model, images, images, options()};
  Json identity = {{"seed", 1}};
};

}  // namespace

std::string saved_model() {
  return written_by([](const auto& path) {
    save_checkpoint(stream(), small_model(),
                    {.preprocessing = {{"source", "phantom"}},
                     .provenance = {{"seed", 1}},
                     .seen_images = {{"train", {"a"}}, {"valid", {"b", "c"}}}},
                    path);
  });
}

std::string saved_normalised_model() {
  return written_by([](const auto& path) {
    const Model model(
        stream(),
        parse_json(
            R"({"name":"n","input":[1,2,1],"layers":[{"type":"batch_norm"},{"type":"flatten"},{"type":"linear","outputs":3}]})",
            "saved_normalised_model"),
        1);
    save_checkpoint(stream(), model,
                    {.preprocessing = Json::object(), .provenance = Json::object()}, path);
  });
}

std::string saved_run() {
  const Run run;
  const std::string begun =
      written_by([&](const auto& path) { run.trainer.save(path, run.identity); });
  return changed(begun, [](SafetensorsParts& parts) {
    const Json record = to_json(EpochRecord{1, 0.7, 0.5, 0.6, 0.5, 0.5, 1, 3});
    parts.metadata["history"] = to_text(Json::array({record}));
    parts.metadata["training"] =
        R"({"epoch":2,"batch":1,"best_epoch":1,"optimizer_steps":3,"seconds":1,"epoch_seconds":0.5})";
    for (const char* name : {"fc1.weight", "fc1.bias"}) {
      SafetensorsParts::Tensor best = parts.tensor(concat("last.", name));
      best.name = concat("best.", name);
      parts.tensors.push_back(best);
    }
    parts.tensors.push_back({"epoch.losses", SafetensorsType::f32, {2}, std::string(8, '\0')});
    parts.tensors.push_back({"epoch.predicted", SafetensorsType::i32, {2}, std::string(8, '\0')});
  });
}

void load_model(const Path& path) {
  const Model model(load_model_description(path.string()), path.string());
  expect(model.classes() > 0, "a model without classes");
}

void load_checkpoint(const Path& path) {
  const Checkpoint loaded = pellucid::load_checkpoint(stream(), path);
  save_checkpoint(stream(), loaded.model, loaded.info, kNowhere);
  const SafetensorsFile file = SafetensorsFile::read(path);
  loaded.seen_images();
  Model again(stream(), loaded.model.description(), 1);
  load_weights(stream(), again, path);
  expect(take_weights(stream(), again, file).not_taken.empty(),
         "weights that do not fit their own model");
  Model other = small_model();
  try {
    take_weights(stream(), other, file);
  } catch (const Error&) {  // there is none for it
  }
}

void load_run(const Path& path) {
  static Run run;
  run.trainer.load(path, run.identity);
  run.trainer.save(kNowhere, run.identity);
}

}  // namespace pellucid::test
