// Checkpoints of a network with batch normalisation whose running statistics are wrong: each is refused in
// one line that names the file and the tensor.
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <limits>

#include "nn/train/checkpoint.h"
#include "runtime/formats/safetensors.h"
#include "tests/support/compare.h"
#include "tests/support/device.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

constexpr const char* kNormalised = R"({"name":"m","input":[2,2,3],"layers":[
  {"type":"batch_norm"},{"type":"relu"},{"type":"batch_norm","name":"second"},
  {"type":"flatten"},{"type":"linear","outputs":2}]})";

struct Written {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};
using Tensors = std::vector<std::pair<std::string, Written>>;

class File {
 public:
  File()
      : path_(std::filesystem::temp_directory_path() /
              concat("pellucid_buffers_", ::getpid(), ".safetensors")) {
    const Model model(stream(), parse_json(kNormalised, "kNormalised"), 4);
    save_checkpoint(stream(), model, {}, path_);
    const SafetensorsFile saved = SafetensorsFile::read(path_);
    metadata_ = saved.metadata();
    for (const SafetensorsEntry& entry : saved.entries())
      tensors_.push_back({entry.name, {entry.shape, saved.values<float>(entry.name)}});
  }
  ~File() { std::filesystem::remove(path_); }
  const std::filesystem::path& path() const { return path_; }
  const Tensors& tensors() const { return tensors_; }

  // What is said of the file with this change, without the path; "" if nothing.
  std::string verdict(const std::function<void(Tensors&)>& change) const {
    Tensors changed = tensors_;
    change(changed);
    SafetensorsWriter writer;
    writer.set_metadata(metadata_);
    for (const auto& [name, tensor] : changed)
      writer.add(name, tensor.shape, std::span<const float>(tensor.values));
    writer.write(path_);
    const std::string from_checkpoint = message([&] { load_checkpoint(stream(), path_); });
    Model model(stream(), parse_json(kNormalised, "kNormalised"), 1);
    CHECK(message([&] { load_weights(stream(), model, path_); }) == from_checkpoint);
    return from_checkpoint;
  }

 private:
  std::string message(const std::function<void()>& load) const {
    try {
      load();
    } catch (const Error& error) {
      const std::string what = error.what(), file = path_.string() + ": ";
      CHECK(what.starts_with(file));
      return what.substr(file.size());
    }
    return "";
  }

  std::filesystem::path path_;
  SafetensorsMetadata metadata_;
  Tensors tensors_;
};

Written& named(Tensors& tensors, const std::string& name) {
  for (auto& [other, tensor] : tensors)
    if (other == name) return tensor;
  fail("no tensor ", name);
}

}  // namespace

TEST_CASE(
    "checkpoint: running statistics that are missing, of another shape or no numbers are refused") {
  const File file;
  CHECK(file.verdict([](Tensors&) {}) == "");
  const float nan = std::numeric_limits<float>::quiet_NaN(),
              infinity = std::numeric_limits<float>::infinity();
  for (const std::string layer : {"bn1", "second"})
    for (const std::string kind : {"running_mean", "running_var"}) {
      const std::string name = layer + "." + kind;
      CAPTURE(name);
      CHECK(file.verdict([&](Tensors& all) {
                  std::erase_if(all, [&](const auto& tensor) { return tensor.first == name; });
                })
                .starts_with("missing tensor (found none named '" + name + "'"));
      const auto shaped = [&](const Written& other, const std::string& found) {
        CHECK(file.verdict([&](Tensors& all) { named(all, name) = other; }) ==
              name + ": wrong shape (found " + found + "; expected (3) for model m)");
      };
      shaped({{2}, {1, 1}}, "(2)");
      shaped({{4}, {1, 1, 1, 1}}, "(4)");
      shaped({{3, 1}, {1, 1, 1}}, "(3, 1)");
      shaped({{0}, {}}, "(0)");
      for (const float value : {nan, infinity, -infinity})
        for (const std::size_t place : {0, 1, 2}) {
          const std::string said =
              file.verdict([&](Tensors& all) { named(all, name).values[place] = value; });
          CHECK(said.starts_with(name + ": a weight is not finite (found "));
        }
      // Once more under another name: what is too much is refused too.
      CHECK(file.verdict([&](Tensors& all) {
                  all.push_back({"third." + kind, named(all, name)});
                })
                .starts_with("unknown tensor (found \"third." + kind + "\""));
    }
}

TEST_CASE("checkpoint: a variance is at least 0, a mean anything") {
  const File file;
  const auto verdict = [&](const std::string& name, float value) {
    return file.verdict([&](Tensors& all) { named(all, name).values[1] = value; });
  };
  for (const float value : {-0.0f, 0.0f, 1e-45f, 3e38f})
    CHECK(verdict("second.running_var", value) == "");
  for (const float value : {-1e-45f, -1.0f, -3e38f})
    CHECK(verdict("second.running_var", value)
              .starts_with("second.running_var: wrong value (found -"));
  for (const float value : {-3e38f, -1.0f, 0.0f, 3e38f})
    CHECK(verdict("bn1.running_mean", value) == "");
  // γ and β are weights: any number that is one.
  for (const char* name : {"bn1.weight", "second.bias"}) {
    CHECK(verdict(name, -2) == "");
    CHECK(verdict(name, std::numeric_limits<float>::quiet_NaN())
              .starts_with(concat(name, ": a weight is not finite (found ")));
  }
}

TEST_CASE("checkpoint: running statistics of another type are refused") {
  const File file;
  const SafetensorsFile saved = SafetensorsFile::read(file.path());
  for (const auto& [wrong, unused] : file.tensors()) {
    CAPTURE(wrong);
    SafetensorsWriter writer;
    writer.set_metadata(saved.metadata());
    for (const auto& [name, tensor] : file.tensors()) {
      const std::vector<std::int32_t> integers(tensor.values.size(), 1);
      if (name == wrong) writer.add(name, tensor.shape, std::span<const std::int32_t>(integers));
      else writer.add(name, tensor.shape, std::span<const float>(tensor.values));
    }
    writer.write(file.path());
    std::string said;
    try {
      load_checkpoint(stream(), file.path());
    } catch (const Error& error) {
      said = error.what();
    }
    CHECK(said.starts_with(file.path().string() + ": " + wrong + ": wrong type (found I32"));
  }
}
