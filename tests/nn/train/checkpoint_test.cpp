#include "nn/train/checkpoint.h"

#include <unistd.h>

#include <filesystem>

#include "runtime/file.h"
#include "runtime/formats/safetensors.h"
#include "tests/support/compare.h"
#include "tests/support/device.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

class TemporaryFile {
 public:
  TemporaryFile()
      : path_(std::filesystem::temp_directory_path() /
              concat("pellucid_checkpoint_", ::getpid(), ".safetensors")) {}
  ~TemporaryFile() { std::filesystem::remove(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// conv 2×3 filter over 2 channels, then a flattened 2×2×3 picture into a linear layer, then
// another.
constexpr const char* kModel = R"({"name":"m","input":[3,4,2],"classes":["ä","b"],"layers":[
  {"type":"conv2d","filters":3,"kernel":[2,3]},{"type":"flatten"},{"type":"relu"},
  {"type":"linear","outputs":4},{"type":"linear","outputs":2}]})";

// Every weight is its own place in memory.
Model numbered() {
  Model model(stream(), parse_json(kModel, "kModel"), 0);
  for (Parameter* parameter : model.parameters()) {
    std::vector<float> values(static_cast<std::size_t>(parameter->file_shape.count()));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
    parameter->set_value(Tensor::from_host(stream(), parameter->memory_shape(), values));
  }
  return model;
}

std::string load_error(const std::filesystem::path& path) {
  try {
    load_checkpoint(stream(), path);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("checkpoint: weights are laid out as in PyTorch's state dict") {
  const TemporaryFile file;
  save_checkpoint(stream(), numbered(), {}, file.path());
  const SafetensorsFile saved = SafetensorsFile::read(file.path());
  CHECK(saved.entry("conv1.weight").shape == std::vector<std::int64_t>{3, 2, 2, 3});
  CHECK(saved.entry("fc1.weight").shape == std::vector<std::int64_t>{4, 12});
  CHECK(saved.entry("fc2.weight").shape == std::vector<std::int64_t>{2, 4});
  // Memory of a filter (h, w, c): place (h·3 + w)·2 + c. File (c, h, w): channel 0 row by row,
  // then 1.
  auto conv = saved.values<float>("conv1.weight");
  conv.resize(12);
  CHECK_SAME_BITS(conv, (std::vector<float>{0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11}));
  // The first linear layer reads a flattened 2×2×3 picture: place (h·2 + w)·3 + c.
  auto fc1 = saved.values<float>("fc1.weight");
  CHECK(fc1[12] == 12);
  fc1.resize(12);
  CHECK_SAME_BITS(fc1, (std::vector<float>{0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11}));
  CHECK_SAME_BITS(saved.values<float>("fc2.weight"), (std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7}));
  CHECK_SAME_BITS(saved.values<float>("conv1.bias"), (std::vector<float>{0, 1, 2}));
  CHECK(saved.entries().size() == 6);
}

TEST_CASE("checkpoint: a round trip gives back every bit, the metadata and the same file") {
  const TemporaryFile file;
  Model model(stream(), parse_json(kModel, "kModel"), 77);
  const CheckpointInfo info{.preprocessing = {{"protocol", "phantom"}, {"size", 64}},
                            .provenance = {{"seed", 77}},
                            .seen_images = {{"train", {"a", "b"}}, {"valid", {"c"}}}};
  save_checkpoint(stream(), model, info, file.path());
  const auto bytes = read_file(file.path());
  const Checkpoint loaded = load_checkpoint(stream(), file.path());
  CHECK(loaded.model.class_names() == std::vector<std::string>{"ä", "b"});
  CHECK(loaded.model.description() == model.description());
  CHECK(loaded.info.preprocessing == info.preprocessing);
  CHECK(loaded.info.provenance == info.provenance);
  CHECK(loaded.seen_images().subset_of("b") == "train");
  for (std::size_t p = 0; p < model.parameters().size(); ++p)
    CHECK_SAME_BITS(loaded.model.parameters()[p]->variable.value().to_host<float>(stream()),
                    model.parameters()[p]->variable.value().to_host<float>(stream()));
  save_checkpoint(stream(), loaded.model, loaded.info, file.path());
  CHECK(read_file(file.path()) == bytes);
}

TEST_CASE("checkpoint: weights from elsewhere need no metadata") {
  const TemporaryFile file;
  const Model numbers = numbered();
  save_checkpoint(stream(), numbers, {}, file.path());
  const SafetensorsFile saved = SafetensorsFile::read(file.path());
  SafetensorsWriter bare;
  for (const SafetensorsEntry& entry : saved.entries()) {
    const auto values = saved.values<float>(entry.name);
    bare.add(entry.name, entry.shape, std::span<const float>(values));
  }
  bare.write(file.path());
  CHECK(load_error(file.path()).find("not a model of Pellucid (found no \"model\"") !=
        std::string::npos);
  Model model(stream(), parse_json(kModel, "kModel"), 1);
  load_weights(stream(), model, file.path());
  for (std::size_t p = 0; p < model.parameters().size(); ++p)
    CHECK_SAME_BITS(model.parameters()[p]->variable.value().to_host<float>(stream()),
                    numbers.parameters()[p]->variable.value().to_host<float>(stream()));
}

TEST_CASE("checkpoint: files that do not fit are errors with their cause") {
  const TemporaryFile file;
  const auto written = [&](const std::string& model, const std::vector<std::string>& names,
                           std::int64_t conv_filters) {
    SafetensorsWriter writer;
    writer.set_metadata(
        {{"model", model}, {"classes", "[]"}, {"preprocessing", "{}"}, {"provenance", "{}"}});
    for (const std::string& name : names) {
      const std::vector<float> values(static_cast<std::size_t>(conv_filters), 0.0f);
      writer.add(name, {conv_filters}, std::span<const float>(values));
    }
    writer.write(file.path());
    return load_error(file.path());
  };
  const std::string small =
      R"({"name":"m","input":[1,1,1],"layers":[{"type":"flatten"},{"type":"linear","outputs":2}]})";
  CHECK(load_error("/nowhere/model.safetensors").find("/nowhere/model.safetensors") !=
        std::string::npos);
  CHECK(written("{", {}, 1).find("metadata model: not JSON") != std::string::npos);
  CHECK(written(small, {}, 1).find("missing tensor (found none named 'fc1.weight'") !=
        std::string::npos);
  CHECK(written(small, {"fc1.weight"}, 2)
            .find("fc1.weight: wrong shape (found (2); expected (2, 1) for model m)") !=
        std::string::npos);
  // A description of gigabytes is refused by the weights that are not there, before any allocation.
  const std::size_t reserved = stream().arena().reserved_bytes();
  CHECK(written(R"({"name":"m","input":[16384,2,1],"layers":[{"type":"flatten"},)"
                R"({"type":"linear","outputs":65535}]})",
                {"fc1.weight"}, 2)
            .find("fc1.weight: wrong shape") != std::string::npos);
  CHECK(stream().arena().reserved_bytes() == reserved);

  Model two(stream(), parse_json(small, "small"), 1);
  save_checkpoint(stream(), two, {}, file.path());
  CHECK(load_error(file.path()) == "no error");
  const SafetensorsFile saved = SafetensorsFile::read(file.path());
  SafetensorsWriter more;
  more.set_metadata(saved.metadata());
  const std::vector<float> values{1, 2};
  more.add("fc1.weight", {2, 1}, std::span<const float>(values));
  more.add("fc1.bias", {2}, std::span<const float>(values));
  more.add("fc2.bias", {2}, std::span<const float>(values));
  more.write(file.path());
  CHECK(load_error(file.path()).find("unknown tensor (found \"fc2.bias\"") != std::string::npos);
}

TEST_CASE("checkpoint: running statistics are saved and loaded, and a variance is not negative") {
  const TemporaryFile file;
  Model model(stream(),
              parse_json(R"({"name":"m","input":[3,4,2],"layers":[
    {"type":"batch_norm"},{"type":"flatten"},{"type":"linear","outputs":2}]})",
                         "kModel"),
              0);
  const std::vector<float> mean{-3, 4}, variance{0.5f, 2};
  model.buffers()[0]->value = Tensor::from_host(stream(), {2}, mean);
  model.buffers()[1]->value = Tensor::from_host(stream(), {2}, variance);
  save_checkpoint(stream(), model, {}, file.path());
  const Checkpoint loaded = load_checkpoint(stream(), file.path());
  for (std::size_t i = 0; i < model.state().size(); ++i)
    CHECK_SAME_BITS(loaded.model.state()[i].second.to_host<float>(stream()),
                    model.state()[i].second.to_host<float>(stream()));
  CHECK(loaded.model.state().back().first == "bn1.running_var");

  model.buffers()[1]->value = Tensor::from_host(stream(), {2}, std::vector<float>{0.5f, -2});
  save_checkpoint(stream(), model, {}, file.path());
  CHECK(load_error(file.path()) ==
        file.path().string() + ": bn1.running_var: wrong value (found -2; expected at least 0)");
}
