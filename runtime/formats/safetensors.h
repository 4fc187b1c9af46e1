// safetensors.h: reading and writing safetensors files (huggingface.co/docs/safetensors).
//
//   bytes 0–7    n, the header's length, unsigned 64-bit little-endian
//   n bytes      JSON: {"__metadata__": {text: text}, "NAME": {"dtype": "F32", "shape": [2, 3],
//                "data_offsets": [begin, end]}, …}, filled up with spaces to a multiple of 8
//   the rest     the tensors, row-major, little-endian, without gaps
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/formats/json.h"

namespace pellucid {

inline constexpr std::uint64_t kSafetensorsMaxHeaderBytes = 100'000'000;  // as huggingface's parser
inline constexpr std::size_t kSafetensorsMaxAxes = 8;

enum class SafetensorsType { f32, u8, u16, i32, i64 };

template <class T>
constexpr SafetensorsType safetensors_type_of();
template <>
constexpr SafetensorsType safetensors_type_of<float>() {
  return SafetensorsType::f32;
}
template <>
constexpr SafetensorsType safetensors_type_of<std::uint8_t>() {
  return SafetensorsType::u8;
}
template <>
constexpr SafetensorsType safetensors_type_of<std::uint16_t>() {
  return SafetensorsType::u16;
}
template <>
constexpr SafetensorsType safetensors_type_of<std::int32_t>() {
  return SafetensorsType::i32;
}
template <>
constexpr SafetensorsType safetensors_type_of<std::int64_t>() {
  return SafetensorsType::i64;
}

using SafetensorsMetadata = std::map<std::string, std::string>;

struct SafetensorsEntry {
  std::string name;
  SafetensorsType type = SafetensorsType::f32;
  std::vector<std::int64_t> shape;  // empty: one number
  std::size_t begin = 0, end = 0;   // bytes after the header
};

// "(2, 3)".
std::string shape_text(const std::vector<std::int64_t>& shape);

// A file in memory, checked as a whole before anything is read from it.
class SafetensorsFile {
 public:
  // Throws Error "FILE: WHAT (found …; expected …)": shorter than its header says, header longer than
  // kSafetensorsMaxHeaderBytes or not JSON, a name given twice, another key, an unknown type, a negative or overflowing
  // shape, offsets that overlap, leave a hole, leave the file or do not fit the shape.
  static SafetensorsFile read(const std::filesystem::path& path);
  static SafetensorsFile parse(std::vector<std::byte> bytes, const std::string& file);

  const std::string& file() const { return file_; }
  const SafetensorsMetadata& metadata() const { return metadata_; }
  // A text of the metadata, and one that is JSON. kind: what the file then is: without the key they
  // throw "FILE: not KIND (found no "KEY" in its metadata; expected one)".
  const std::string& metadata(const std::string& key, const char* kind) const;
  Json metadata_json(const std::string& key, const char* kind) const;
  const std::vector<SafetensorsEntry>& entries() const { return entries_; }  // in file order
  bool has(std::string_view name) const;
  // Throw Error: no such tensor (naming the nearest), or of another type.
  const SafetensorsEntry& entry(std::string_view name) const;
  template <class T>
  std::vector<T> values(std::string_view name) const {
    const SafetensorsEntry& found = checked_entry(name, safetensors_type_of<T>());
    std::vector<T> result((found.end - found.begin) / sizeof(T));
    copy_out(found, result.data());
    return result;
  }

 private:
  const SafetensorsEntry& checked_entry(std::string_view name, SafetensorsType type) const;
  void copy_out(const SafetensorsEntry& entry, void* to) const;

  std::string file_;
  std::vector<std::byte> bytes_;
  std::size_t data_begin_ = 0;
  SafetensorsMetadata metadata_;
  std::vector<SafetensorsEntry> entries_;
};

// Collects tensors and writes them in the order in which they were added; equal input, equal bytes.
class SafetensorsWriter {
 public:
  void set_metadata(SafetensorsMetadata metadata) { metadata_ = std::move(metadata); }
  // Throws Error if the name was added before or values.size() does not fit the shape.
  template <class T>
  void add(const std::string& name, std::vector<std::int64_t> shape, std::span<const T> values) {
    add_bytes(name, safetensors_type_of<T>(), std::move(shape), std::as_bytes(values));
  }
  std::vector<std::byte> bytes() const;
  void write(const std::filesystem::path& path) const;  // atomically and durably

 private:
  void add_bytes(const std::string& name, SafetensorsType type, std::vector<std::int64_t> shape,
                 std::span<const std::byte> bytes);

  SafetensorsMetadata metadata_;
  std::vector<SafetensorsEntry> entries_;
  std::vector<std::byte> data_;
};

}  // namespace pellucid
