#include "tests/hostile/formats.h"

#include "nn/data/codec/image_file.h"
#include "runtime/error.h"
#include "tests/hostile/readers/readers.h"

namespace pellucid::test {

const std::vector<Format>& formats() {
  static const std::vector<Format> all = {
      {"pgm", ".pgm", hostile_pgm, load_image},
      {"bmp", ".bmp", hostile_bmp, load_image},
      {"dicom", ".dcm", hostile_dicom, load_image},
      {"png", ".png", hostile_png, load_image},
      {"jpeg", ".jpg", hostile_jpeg, load_image},
      {"tiff", ".tif", hostile_tiff, load_image},
      {"mias_info", ".txt", hostile_mias_info, load_mias_info},
      {"split", ".csv", hostile_split, load_split},
      {"json", ".json", hostile_json, load_json},
      {"json_lines", ".jsonl", hostile_json_lines, load_json_lines},
      {"image_record", ".json", hostile_image_record, load_image_record},
      {"model", ".json", hostile_model, load_model},
      {"safetensors", ".safetensors", hostile_safetensors, load_safetensors},
      {"checkpoint", ".safetensors", hostile_checkpoint, load_checkpoint},
      {"run", ".safetensors", hostile_run, load_run},
      {"packed", ".safetensors", hostile_packed, load_packed},
      {"npy", ".npy", hostile_npy, load_npy},
      {"onnx", ".onnx", hostile_onnx, load_onnx},
      {"onnx_tensor", ".pb", hostile_onnx_tensor, load_onnx_tensor},
      {"labels", ".npy", hostile_labels, load_labels},
      {"label_image", ".png", hostile_label_image, load_labels},
      {"inspected", ".dat", hostile_inspected, load_inspected}};
  return all;
}

std::string no_image(const std::string& found) {
  return concat("FILE: not an image that can be read (found ", found, " first; expected ",
                image_formats(), ")");
}

const Format& format(std::string_view name) {
  for (const Format& each : formats())
    if (name == each.name) return each;
  fail("there is no format ", name);
}

}  // namespace pellucid::test
