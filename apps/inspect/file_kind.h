// file_kind.h: what a file is that the programs read or write. A file of this folder that defines
// `const FileKind NAME_kind` adds a kind.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/formats/json.h"
#include "runtime/formats/safetensors.h"

namespace pellucid {

// A file as the kinds look at it: its bytes and, read once for all of them, what these are.
struct InspectedFile {
  std::string name;              // its path, for errors
  std::vector<std::byte> bytes;  // moved into `tensors` where it is safetensors
  std::size_t size = 0;
  std::string md5;
  std::optional<SafetensorsFile> tensors;
  Json document;            // of a JSON file, else null
  std::vector<Json> lines;  // of a file of JSON Lines

  std::string_view text() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  // Whether it is a JSON document that this program wrote.
  bool is_from(const char* program) const { return text_at(document, "program") == program; }
};

struct FileKind {
  std::string_view name;         // "model"
  std::string_view description;  // "a model that pellucid-train wrote": for people
  // At most one kind recognises a file, be it damaged.
  bool (*recognises)(const InspectedFile& file);
  // What it says about itself, for people and programs: a JSON object. Throws Error
  // "FILE: WHAT (found …; expected …)" if it is damaged.
  Json (*describe)(const InspectedFile& file);
};

// All of this folder, by name.
const std::vector<const FileKind*>& all_file_kinds();

// Reads a file for the kinds. Throws Error "FILE: WHAT (found …; expected …)" if it cannot be read, or is damaged
// safetensors or JSON.
InspectedFile read_inspected(const std::string& path);

// {"file", "kind", "description", "bytes", "md5"} and what the kind says. Throws Error for a file that cannot
// be read, is damaged, or is of no known kind, which then lists those that are.
Json inspect_file(const std::string& path);

// The same as text: a line a value, tables where there are lists of objects; long lists are shortened.
std::string inspection_text(const Json& facts);

// The metadata `key` of a safetensors file, JSON or not; null if there is none.
Json metadata_value(const SafetensorsFile& file, const std::string& key);

}  // namespace pellucid
