#include <algorithm>
#include <cstring>

#include "apps/inspect/file_kind.h"
#include "nn/data/md5.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/text.h"

namespace pellucid {
namespace {

// A plausible length of a header, and a header that begins as one.
bool looks_like_safetensors(std::span<const std::byte> bytes) {
  std::uint64_t header = 0;
  if (bytes.size() < sizeof header + 2) return false;
  std::memcpy(&header, bytes.data(), sizeof header);
  return header <= kSafetensorsMaxHeaderBytes && static_cast<char>(bytes[sizeof header]) == '{';
}

// Several lines, each an object.
bool looks_like_json_lines(const std::vector<std::string_view>& lines) {
  return lines.size() > 1 && std::all_of(lines.begin(), lines.end(), [](std::string_view line) {
           return line.starts_with('{') && line.ends_with('}');
         });
}

std::string known_kinds() {
  std::string out;
  for (const FileKind* kind : all_file_kinds())
    out += (out.empty() ? "" : "; ") + std::string(kind->description);
  return out;
}

}  // namespace

InspectedFile read_inspected(const std::string& path) {
  InspectedFile file{.name = path,
                     .bytes = read_file(path),
                     .size = 0,
                     .md5 = {},
                     .tensors = {},
                     .document = {},
                     .lines = {}};
  file.size = file.bytes.size();
  file.md5 = md5_hex(file.bytes);
  if (looks_like_safetensors(file.bytes)) {
    file.tensors = SafetensorsFile::parse(std::move(file.bytes), path);
    return file;
  }
  const std::size_t first = file.text().find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos ||
      std::string_view("{[").find(file.text()[first]) == std::string_view::npos)
    return file;
  require(file.bytes.size() <= kJsonMaxFileBytes, path, ": too large for JSON (found ",
          file.bytes.size(), " bytes; expected at most ", kJsonMaxFileBytes, ")");
  const std::vector<std::string_view> lines = split_lines(file.text());
  if (!looks_like_json_lines(lines) && !path.ends_with(".jsonl")) {
    file.document = parse_json(file.text(), path);
    return file;
  }
  for (std::size_t i = 0; i < lines.size(); ++i)
    file.lines.push_back(parse_json(lines[i], concat(path, ":", i + 1)));
  return file;
}

Json inspect_file(const std::string& path) {
  const InspectedFile file = read_inspected(path);
  const auto& kinds = all_file_kinds();
  const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                 [&](const FileKind* each) { return each->recognises(file); });
  if (kind == kinds.end())
    fail(path, ": of no known kind (found ", file.size == 0 ? "nothing in it" : "another file",
         "; expected ", known_kinds(), ")");
  Json facts = {{"file", path},
                {"kind", std::string((*kind)->name)},
                {"description", std::string((*kind)->description)},
                {"bytes", file.size},
                {"md5", file.md5}};
  const Json said = (*kind)->describe(file);
  for (const auto& [key, value] : said.items())
    if (!facts.contains(key)) facts[key] = value;  // a document may hold any key
  return facts;
}

Json metadata_value(const SafetensorsFile& file, const std::string& key) {
  const auto found = file.metadata().find(key);
  if (found == file.metadata().end()) return nullptr;
  try {
    return parse_json(found->second, key);
  } catch (const Error&) {
    return found->second;
  }
}

}  // namespace pellucid
