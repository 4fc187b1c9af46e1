// npy.h: NumPy's .npy files, version 1.0, row-major, little-endian: fp32, and label images.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace pellucid {

inline constexpr std::size_t kNpyMaxAxes = 4;

struct NpyArray {
  std::vector<std::int64_t> shape;
  std::vector<float> values;  // row-major
};

// Throws Error if the shape's count is not values.size().
std::vector<std::byte> encode_npy(const std::vector<std::int64_t>& shape,
                                  std::span<const float> values);
void write_npy(const std::filesystem::path& path, const std::vector<std::int64_t>& shape,
               std::span<const float> values);

// Reads what encode_npy wrote: '<f4', row-major, at most kNpyMaxAxes axes. Throws Error
// "NAME: WHAT (found …; expected …)" on anything else, before memory is allocated for it.
NpyArray decode_npy(std::span<const std::byte> bytes, const std::string& name);
NpyArray read_npy(const std::filesystem::path& path);

struct NpyLabels {
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> values;  // row-major
};

// Reads truth values, whole numbers of 1 to 8 bytes, and '<f4' and '<f8' whose values are whole, in either
// byte order, row by row or column by column; otherwise as decode_npy. Throws Error for a value that is not
// whole, or 2^63 and more.
NpyLabels decode_npy_labels(std::span<const std::byte> bytes, const std::string& name);

}  // namespace pellucid
