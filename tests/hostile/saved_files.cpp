#include "tests/hostile/saved_files.h"

#include <unistd.h>

#include <cstring>

#include "nn/data/source/packed.h"
#include "nn/train/checkpoint.h"
#include "nn/train/trainer.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "tests/support/device.h"

namespace pellucid::test {
namespace {

const char* const kNowhere = "/dev/null";

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

// The bytes of what `write` writes.
template <class Write>
std::string written(const Write& write) {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / concat("pellucid-hostile-", ::getpid());
  write(path);
  std::string bytes = read_text_file(path);
  std::filesystem::remove(path);
  return bytes;
}

// use(T{}) for the type T of the elements.
template <class Use>
void with_type(SafetensorsType type, const Use& use) {
  switch (type) {
    case SafetensorsType::f32:
      return use(float{});
    case SafetensorsType::u8:
      return use(std::uint8_t{});
    case SafetensorsType::i32:
      return use(std::int32_t{});
    case SafetensorsType::i64:
      return use(std::int64_t{});
  }
}

}  // namespace

std::string saved_model() {
  return written([](const auto& path) {
    save_checkpoint(stream(), small_model(),
                    {.preprocessing = {{"source", "phantom"}}, .provenance = {{"seed", 1}}}, path);
  });
}

std::string saved_run() {
  const Run run;
  const std::string begun =
      written([&](const auto& path) { run.trainer.save(path, run.identity); });
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

std::string saved_packed() {
  Dataset dataset;
  dataset.height = 1;
  dataset.width = dataset.channels = 2;
  dataset.channels = 1;
  dataset.class_names = {"normal", "benign"};
  dataset.train = {{"x", 0, "w", {1, 2}, {}, {}}, {"y", 1, "w", {3, 4}, Circle{1, 0, 1}, {0, 255}}};
  dataset.test = {{"z", 1, "", {5, 6}, {}, {}}};
  dataset.source = dataset.protocol = "phantom";
  dataset.preprocessing = "{}";
  return written([&](const auto& path) { pack_dataset(dataset, path); });
}

void load_saved_model(const std::filesystem::path& path) {
  const Checkpoint loaded = load_checkpoint(stream(), path);
  save_checkpoint(stream(), loaded.model, loaded.info, kNowhere);
}

void load_saved_run(const std::filesystem::path& path) {
  static Run run;
  run.trainer.load(path, run.identity);
  run.trainer.save(kNowhere, run.identity);
}

void load_packed(const std::filesystem::path& path) {
  pack_dataset(unpack_dataset(path), kNowhere);
}

SafetensorsParts::Tensor& SafetensorsParts::tensor(const std::string& name) {
  for (Tensor& each : tensors)
    if (each.name == name) return each;
  fail("there is no tensor ", name);
}

void SafetensorsParts::remove(const std::string& name) {
  std::erase_if(tensors, [&](const Tensor& each) { return each.name == name; });
}

std::string changed(const std::string& file, const std::function<void(SafetensorsParts&)>& change) {
  const auto* data = reinterpret_cast<const std::byte*>(file.data());
  const SafetensorsFile parsed = SafetensorsFile::parse({data, data + file.size()}, "changed");
  SafetensorsParts parts{parsed.metadata(), {}};
  for (const SafetensorsEntry& entry : parsed.entries())
    with_type(entry.type, [&]<class T>(T) {
      const std::vector<T> values = parsed.values<T>(entry.name);
      parts.tensors.push_back(
          {entry.name,
           entry.type,
           entry.shape,
           {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)}});
    });
  change(parts);
  SafetensorsWriter writer;
  writer.set_metadata(parts.metadata);
  for (const SafetensorsParts::Tensor& tensor : parts.tensors)
    with_type(tensor.type, [&]<class T>(T) {
      std::vector<T> values(tensor.bytes.size() / sizeof(T));
      if (!values.empty())
        std::memcpy(values.data(), tensor.bytes.data(), values.size() * sizeof(T));
      writer.add<T>(tensor.name, tensor.shape, values);
    });
  const std::vector<std::byte> bytes = writer.bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace pellucid::test
