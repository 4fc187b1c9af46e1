// segments.h: superpixels as a label a pixel, and label images from files. It knows no device.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace pellucid {

inline constexpr int kMaxSegments = 1024;

struct Segments {
  int height = 0;
  int width = 0;
  int count = 0;
  std::vector<std::int32_t> labels;  // (height, width), each of 0 … count − 1 at least once

  bool operator==(const Segments&) const = default;
};

// Any label image (height, width): the distinct values, ascending, become 0 … count − 1. `name`
// stands for the image in the errors, one line "NAME: WHAT (found …; expected …)".
Segments segments_from_labels(std::span<const std::int64_t> values, int height, int width,
                              const std::string& name = "segments");

// A label image from a file: a .npy of two axes (runtime/formats/npy.h, decode_npy_labels), else an image
// (nn/data/codec/image_file.h) whose grey levels are the labels.
Segments read_segments(const std::filesystem::path& path);

}  // namespace pellucid
