// own_training.h: trainings of moments on a folder of pictures.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "nn/data/codec/image_file.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/json.h"
#include "runtime/formats/safetensors.h"
#include "tests/apps/process.h"
#include "tests/apps/run_folder.h"

namespace pellucid::test {

inline bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Pictures of 16 × 16 in classes a, b, …: `counts[c]` each.
inline std::string folder_of(const std::string& name, const std::vector<int>& counts,
                             int planes = 1) {
  const std::string folder = in_work(name);
  for (std::size_t c = 0; c < counts.size(); ++c)
    for (int i = 0; i < counts[c]; ++i) {
      const std::string path =
          folder + "/" + static_cast<char>('a' + c) + "/" + std::to_string(i) + ".png";
      std::filesystem::create_directories(std::filesystem::path(path).parent_path());
      std::vector<std::uint8_t> pixels(256 * static_cast<std::size_t>(planes));
      for (std::size_t p = 0; p < pixels.size(); ++p)
        pixels[p] = static_cast<std::uint8_t>(p * (3 * c + 1) + 7 * static_cast<std::size_t>(i));
      write_png(path, 16, 16, planes, pixels);
    }
  return folder;
}

inline std::string network(const std::string& name, int outputs, int channels = 1) {
  const std::string path = in_work(name + ".json");
  write_text_file(path, concat(R"({"name": ")", name, R"(", "input": [16, 16, )", channels,
                               R"(], "layers": [{"type": "conv2d", "filters": 2, "kernel": 3},
                               {"type": "flatten"}, {"type": "linear", "outputs": )",
                               outputs, "}]}"));
  return path;
}

// Of two classes, 6 and 12 pictures, divided 60/20/20 unless told otherwise.
inline std::vector<std::string> training(const std::string& out) {
  static const std::string data = folder_of("options", {6, 12}), model = network("net", 2);
  return {"--data",  data,        "--size",   "16",
          "--split", "60/20/20",  "--model",  model,
          "--batch", "4",         "--seed",   "3",
          "--lr",    "0.003",     "--device", test::device_name(),
          "--out",   in_work(out)};
}

inline Outcome train(const std::string& out, const std::vector<std::string>& more) {
  return run("pellucid-train", with(training(out), more));
}

inline Json record_of(const std::string& out) { return read_json_file(in_work(out) + "/run.json"); }

inline Json provenance_of(const std::string& out) {
  return SafetensorsFile::read(in_work(out) + "/model.safetensors")
      .metadata_json("provenance", "a model");
}

}  // namespace pellucid::test
