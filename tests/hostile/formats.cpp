#include "tests/hostile/formats.h"

#include <array>
#include <stdexcept>

#include "apps/image_record.h"
#include "apps/peer_line.h"
#include "explain/masks/segmentation.h"
#include "nn/data/codec/image_file.h"
#include "nn/data/mias/mias_info.h"
#include "nn/data/split.h"
#include "nn/graph/model.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/json.h"
#include "runtime/formats/npy.h"
#include "runtime/formats/text.h"
#include "tests/hostile/saved_files.h"

namespace pellucid::test {
namespace {

using Path = std::filesystem::path;

// For what is no Error of the file, but of the reader or writer.
void expect(bool holds, const char* what) {
  if (!holds) throw std::logic_error(what);
}

void load_image(const Path& path) {
  const GreyImage image = read_image(path);
  const std::vector<std::byte> png = encode_png(image.width, image.height, 1, image.pixels);
  expect(decode_image(png, "again") == image, "the picture is not what was written");
}

void load_rgb(const Path& path) {
  const std::array<GreyImage, 3> planes = read_rgb_image(path);
  std::vector<std::uint8_t> pixels;
  for (std::size_t i = 0; i < planes[0].pixels.size(); ++i)
    for (const GreyImage& plane : planes) pixels.push_back(plane.pixels[i]);
  const PngText text = {{"Title", "again"}};
  encode_png(planes[0].width, planes[0].height, 3, pixels, text);
}

void load_mias_info(const Path& path) { parse_mias_info(read_text_file(path), path.string()); }

void load_split(const Path& path) {
  read_split(path, std::vector<LabelledId>{{"a", 0}, {"b", 1}, {"c", 0}, {"d", 1}},
             {"normal", "benign"});
}

// Through the getter of its kind.
void visit(const JsonView& view) {
  const Json& value = view.value();
  if (value.is_array())
    for (std::size_t i = 0; i < view.array_size(); ++i) visit(view.element(i));
  else if (value.is_object())
    for (auto it = value.begin(); it != value.end(); ++it) visit(view.at(it.key()));
  else if (view.is_text()) view.text();
  else if (value.is_boolean()) view.boolean();
  else if (value.is_number()) view.number(-1e308, 1e308);
}

void load_json(const Path& path) {
  const Json json = read_json_file(path.string());
  visit(JsonView(json, path.string()));
  const Json again = parse_json(to_text(json), "again");
  expect(again == json && first_difference(json, again).empty(), "the text is not what was read");
}

void load_json_lines(const Path& path) {
  const std::string text = read_text_file(path);
  int number = 0;
  for (const std::string_view line : split_lines(text))
    parse_peer(line, concat(path.string(), ": line ", ++number));
}

void load_image_record(const Path& path) {
  const ImageRecord image = read_image_record(path);
  for (const auto& [method, record] : image.methods) {
    expect(record.id == image.id, "a map of another image");
    expect(record.figures.contains("seconds"), "a map without its cost");
  }
}

void load_model(const Path& path) {
  const Model model(load_model_description(path.string()), path.string());
  expect(model.classes() > 0, "a model without classes");
}

void load_safetensors(const Path& path) {
  SafetensorsFile::read(path);  // whose Error names the path
  const auto unchanged = [](SafetensorsParts&) {};
  const std::string once = changed(read_text_file(path), unchanged);
  expect(changed(once, unchanged) == once, "the file is not what was written");
}

void load_npy(const Path& path) {
  const NpyArray array = read_npy(path);
  const std::vector<std::byte> bytes = encode_npy(array.shape, array.values);
  const NpyArray again = decode_npy(bytes, "again");
  expect(encode_npy(again.shape, again.values) == bytes, "the array is not what was written");
}

void load_labels(const Path& path) { read_segments(path); }

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
      {"image_record", ".json", hostile_image_record, load_image_record},
      {"model", ".json", hostile_model, load_model},
      {"safetensors", ".safetensors", hostile_safetensors, load_safetensors},
      {"checkpoint", ".safetensors", hostile_checkpoint, load_saved_model},
      {"run", ".safetensors", hostile_run, load_saved_run},
      {"packed", ".safetensors", hostile_packed, load_packed},
      {"npy", ".npy", hostile_npy, load_npy},
      {"labels", ".npy", hostile_labels, load_labels}};
  return all;
}

const Format& format(std::string_view name) {
  for (const Format& each : formats())
    if (name == each.name) return each;
  fail("there is no format ", name);
}

}  // namespace pellucid::test
