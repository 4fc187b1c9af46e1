// saved_files.h: files that Pellucid writes itself, whole and changed: models, training runs, packed
// data.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "runtime/formats/safetensors.h"

namespace pellucid::test {

std::string saved_model();             // flatten, then 2×1 pixels to two classes
std::string saved_normalised_model();  // with a batch norm before, and a third class
std::string saved_run();               // of that model, after one epoch and one of two batches
std::string saved_packed();
std::string saved_deep_packed();  // one of its three pictures with the white 1000

// Where what is written again goes.
inline constexpr const char* kNowhere = "/dev/null";

// The bytes of the file that write(path) writes.
std::string written_by(const std::function<void(const std::filesystem::path&)>& write);

// What `file` says, as it can be changed.
struct SafetensorsParts {
  SafetensorsMetadata metadata;
  struct Tensor {
    std::string name;
    SafetensorsType type;
    std::vector<std::int64_t> shape;
    std::string bytes;
  };
  std::vector<Tensor> tensors;

  Tensor& tensor(const std::string& name);
  void remove(const std::string& name);
};
std::string changed(const std::string& file, const std::function<void(SafetensorsParts&)>& change);

}  // namespace pellucid::test
