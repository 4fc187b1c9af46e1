#include "runtime/formats/safetensors.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/json.h"
#include "runtime/formats/nearest.h"
#include "runtime/formats/text.h"

namespace pellucid {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are stored little-endian");

constexpr std::size_t kLengthBytes = 8;

struct TypeName {
  SafetensorsType type;
  const char* name;
  std::size_t bytes;
};
constexpr std::array<TypeName, 5> kTypes{{{SafetensorsType::f32, "F32", 4},
                                          {SafetensorsType::u8, "U8", 1},
                                          {SafetensorsType::u16, "U16", 2},
                                          {SafetensorsType::i32, "I32", 4},
                                          {SafetensorsType::i64, "I64", 8}}};

const TypeName& describe(SafetensorsType type) {
  return *std::find_if(kTypes.begin(), kTypes.end(),
                       [type](const TypeName& t) { return t.type == type; });
}

// Bytes of a tensor; fails if they do not fit 64 bits.
std::size_t bytes_of(const std::vector<std::int64_t>& shape, SafetensorsType type,
                     const std::string& where) {
  std::size_t bytes = describe(type).bytes;
  for (const std::int64_t extent : shape)
    require(extent >= 0 && !__builtin_mul_overflow(bytes, static_cast<std::size_t>(extent), &bytes),
            where, ": too many elements (found the shape ", shape_text(shape),
            "; expected less than 2^64 bytes)");
  return bytes;
}

SafetensorsEntry parse_entry(const std::string& name, const JsonView& view) {
  view.expect_keys({"dtype", "shape", "data_offsets"});
  SafetensorsEntry entry;
  entry.name = name;
  const JsonView type = view.at("dtype");
  const auto known = std::find_if(kTypes.begin(), kTypes.end(),
                                  [&type](const TypeName& t) { return type.text() == t.name; });
  if (known == kTypes.end()) type.fail_expected("F32, U8, U16, I32 or I64");
  entry.type = known->type;

  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  const JsonView shape = view.at("shape");
  const std::size_t rank = shape.array_size(0, kSafetensorsMaxAxes);
  for (std::size_t axis = 0; axis < rank; ++axis)
    entry.shape.push_back(shape.element(axis).integer(0, kMost));
  const JsonView offsets = view.at("data_offsets");
  offsets.array_size(2, 2);
  entry.begin = static_cast<std::size_t>(offsets.element(0).integer(0, kMost));
  entry.end = static_cast<std::size_t>(offsets.element(1).integer(0, kMost));
  const std::size_t bytes = bytes_of(entry.shape, entry.type, view.where());
  require(entry.end >= entry.begin && entry.end - entry.begin == bytes, view.where(),
          ": wrong data_offsets (found ", entry.begin, " to ", entry.end, "; expected the ", bytes,
          " bytes of its shape)");
  return entry;
}

}  // namespace

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text = "(";
  for (std::size_t axis = 0; axis < shape.size(); ++axis)
    text += concat(axis ? ", " : "", shape[axis]);
  return text + ")";
}

SafetensorsFile SafetensorsFile::read(const std::filesystem::path& path) {
  return parse(read_file(path), path.string());
}

SafetensorsFile SafetensorsFile::parse(std::vector<std::byte> bytes, const std::string& file) {
  require(bytes.size() >= kLengthBytes, file, ": not a safetensors file (found ", bytes.size(),
          " bytes; expected ", kLengthBytes, " for the header's length alone)");
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), kLengthBytes);
  require(length <= kSafetensorsMaxHeaderBytes, file,
          ": not a safetensors file (found a header of ", length, " bytes; expected at most ",
          kSafetensorsMaxHeaderBytes, ")");
  require(length <= bytes.size() - kLengthBytes, file, ": truncated (found ",
          bytes.size() - kLengthBytes, " bytes behind the length; expected a header of ", length,
          ")");
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + kLengthBytes,
                              static_cast<std::size_t>(length));
  require(text.starts_with('{'), file, ": not a safetensors file (found a header that begins with ",
          in_quotes(text.substr(0, 1)), "; expected a JSON object)");

  SafetensorsFile result;
  result.file_ = file;
  result.data_begin_ = kLengthBytes + text.size();
  const Json header = parse_json(text, file + ": header");
  const JsonView view(header, file + ": header");
  for (auto it = header.begin(); it != header.end(); ++it) {
    if (it.key() == "__metadata__") {
      const JsonView metadata = view.at(it.key());
      if (!it.value().is_object()) metadata.fail_expected("an object of texts");
      for (auto pair = it.value().begin(); pair != it.value().end(); ++pair)
        result.metadata_[pair.key()] = metadata.at(pair.key()).text();
    } else {
      result.entries_.push_back(parse_entry(it.key(), view.at(it.key())));
    }
  }
  std::stable_sort(result.entries_.begin(), result.entries_.end(),
                   [](const SafetensorsEntry& a, const SafetensorsEntry& b) {
                     return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
                   });
  std::size_t position = 0;
  for (const SafetensorsEntry& entry : result.entries_) {
    require(entry.begin == position, file, ": header: ", printable(entry.name),
            entry.begin < position ? ": overlap" : ": hole", " (found its first byte at ",
            entry.begin, "; expected ", position, ")");
    position = entry.end;
  }
  require(position == bytes.size() - result.data_begin_, file, ": wrong size (found ",
          bytes.size() - result.data_begin_, " bytes behind the header; expected the ", position,
          " of its tensors)");
  result.bytes_ = std::move(bytes);
  return result;
}

const std::string& SafetensorsFile::metadata(const std::string& key, const char* kind) const {
  const auto found = metadata_.find(key);
  require(found != metadata_.end(), file_, ": not ", kind, " (found no \"", key,
          "\" in its metadata; expected one)");
  return found->second;
}

Json SafetensorsFile::metadata_json(const std::string& key, const char* kind) const {
  return parse_json(metadata(key, kind), file_ + ": metadata " + key);
}

bool SafetensorsFile::has(std::string_view name) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [name](const SafetensorsEntry& entry) { return entry.name == name; });
}

const SafetensorsEntry& SafetensorsFile::entry(std::string_view name) const {
  for (const SafetensorsEntry& entry : entries_)
    if (entry.name == name) return entry;
  std::vector<std::string> names;
  for (const SafetensorsEntry& entry : entries_) names.push_back(entry.name);
  const bool near = !did_you_mean(name, names).empty();
  fail(file_, ": missing tensor (found none named '", name, "'",
       near ? ", but '" + printable(nearest_name(name, names)) + "'" : "", "; expected one)");
}

const SafetensorsEntry& SafetensorsFile::checked_entry(std::string_view name,
                                                       SafetensorsType type) const {
  const SafetensorsEntry& found = entry(name);
  require(found.type == type, file_, ": ", name, ": wrong type (found ", describe(found.type).name,
          "; expected ", describe(type).name, ")");
  return found;
}

void SafetensorsFile::copy_out(const SafetensorsEntry& entry, void* to) const {
  // A copy, since a tensor of another writer may begin at any byte.
  if (entry.end > entry.begin)
    std::memcpy(to, bytes_.data() + data_begin_ + entry.begin, entry.end - entry.begin);
}

void SafetensorsWriter::add_bytes(const std::string& name, SafetensorsType type,
                                  std::vector<std::int64_t> shape,
                                  std::span<const std::byte> bytes) {
  for (const SafetensorsEntry& entry : entries_)
    require(entry.name != name, "safetensors: the tensor ", name, " is added twice");
  require(name != "__metadata__", "safetensors: a tensor cannot be named __metadata__");
  const std::size_t expected = bytes_of(shape, type, name);
  require(bytes.size() == expected, "safetensors: ", name, " has ", bytes.size(),
          " bytes, its shape needs ", expected);
  const std::size_t begin = data_.size();
  data_.insert(data_.end(), bytes.begin(), bytes.end());
  entries_.push_back({name, type, std::move(shape), begin, data_.size()});
}

std::vector<std::byte> SafetensorsWriter::bytes() const {
  Json header = Json::object();
  if (!metadata_.empty()) header["__metadata__"] = metadata_;
  for (const SafetensorsEntry& entry : entries_)
    header[entry.name] = {{"dtype", describe(entry.type).name},
                          {"shape", entry.shape},
                          {"data_offsets", {entry.begin, entry.end}}};
  std::string text = to_text(header);
  // Spaces behind the header let the data begin at a multiple of 8 bytes.
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const std::uint64_t length = text.size();

  std::vector<std::byte> result(kLengthBytes + text.size() + data_.size());
  std::memcpy(result.data(), &length, kLengthBytes);
  std::memcpy(result.data() + kLengthBytes, text.data(), text.size());
  std::copy(data_.begin(), data_.end(),
            result.begin() + static_cast<std::ptrdiff_t>(kLengthBytes + text.size()));
  return result;
}

void SafetensorsWriter::write(const std::filesystem::path& path) const {
  write_file(path, bytes());
}

}  // namespace pellucid
