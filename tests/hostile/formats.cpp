#include "tests/hostile/formats.h"

#include "apps/peer_line.h"
#include "explain/npy.h"
#include "explain/segmentation.h"
#include "nn/data/image_file.h"
#include "nn/data/mias_info.h"
#include "nn/data/packed.h"
#include "nn/data/split.h"
#include "nn/data/text.h"
#include "nn/json.h"
#include "nn/model.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "tests/hostile/saved_files.h"

namespace pellucid::test {
namespace {

using Path = std::filesystem::path;

void load_image(const Path& path) { read_image(path); }

void load_rgb(const Path& path) { read_rgb_image(path); }

void load_mias_info(const Path& path) { parse_mias_info(read_text_file(path), path.string()); }

void load_split(const Path& path) {
  read_split(path, std::vector<LabelledId>{{"a", 0}, {"b", 1}, {"c", 0}, {"d", 1}},
             {"normal", "benign"});
}

void load_json(const Path& path) { read_json_file(path.string()); }

void load_json_lines(const Path& path) {
  const std::string text = read_text_file(path);
  int number = 0;
  for (const std::string_view line : split_lines(text))
    parse_peer(line, concat(path.string(), ": line ", ++number));
}

void load_model(const Path& path) { Model(load_model_description(path.string()), path.string()); }

void load_safetensors(const Path& path) {
  const SafetensorsFile file = SafetensorsFile::read(path);
  for (const SafetensorsEntry& entry : file.entries())
    if (entry.type == SafetensorsType::f32) file.values<float>(entry.name);
}

void load_labels(const Path& path) { read_segments(path); }

void load_npy(const Path& path) { read_npy(path); }

void load_packed(const Path& path) { unpack_dataset(path); }

}  // namespace

const std::vector<Format>& formats() {
  static const std::vector<Format> all = {
      {"pgm", ".pgm", hostile_pgm, load_image},
      {"png", ".png", hostile_png, load_image},
      {"rgb", ".png", hostile_rgb, load_rgb},
      {"mias_info", ".txt", hostile_mias_info, load_mias_info},
      {"split", ".csv", hostile_split, load_split},
      {"json", ".json", hostile_json, load_json},
      {"json_lines", ".jsonl", hostile_json_lines, load_json_lines},
      {"model", ".json", hostile_model, load_model},
      {"safetensors", ".safetensors", hostile_safetensors, load_safetensors},
      {"checkpoint", ".safetensors", hostile_checkpoint, load_saved_model},
      {"run", ".safetensors", hostile_run, load_saved_run},
      {"packed", ".safetensors", hostile_packed, load_packed},
      {"npy", ".npy", hostile_npy, load_npy},
      {"labels", ".npy", hostile_labels, load_labels}};
  return all;
}

const Format& format(const std::string& name) {
  for (const Format& each : formats())
    if (name == each.name) return each;
  fail("there is no format ", name);
}

}  // namespace pellucid::test
