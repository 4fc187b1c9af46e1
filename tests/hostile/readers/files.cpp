#include <unistd.h>

#include <cstring>

#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/json.h"
#include "runtime/formats/npy.h"
#include "tests/hostile/readers/readers.h"
#include "tests/hostile/saved_files.h"

namespace pellucid::test {
namespace {

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

// use(T{}) for the type T of the elements.
template <class Use>
void with_type(SafetensorsType type, const Use& use) {
  switch (type) {
    case SafetensorsType::f32:
      return use(float{});
    case SafetensorsType::u8:
      return use(std::uint8_t{});
    case SafetensorsType::u16:
      return use(std::uint16_t{});
    case SafetensorsType::i32:
      return use(std::int32_t{});
    case SafetensorsType::i64:
      return use(std::int64_t{});
  }
}

}  // namespace

void load_json(const Path& path) {
  const Json json = read_json_file(path.string());
  visit(JsonView(json, path.string()));
  const Json again = parse_json(to_text(json), "again");
  expect(again == json && first_difference(json, again).empty(), "the text is not what was read");
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

std::string written_by(const std::function<void(const Path&)>& write) {
  const Path path =
      std::filesystem::temp_directory_path() / concat("pellucid-hostile-", ::getpid());
  write(path);
  std::string bytes = read_text_file(path);
  std::filesystem::remove(path);
  return bytes;
}

SafetensorsParts::Tensor& SafetensorsParts::tensor(const std::string& name) {
  for (Tensor& each : tensors)
    if (each.name == name) return each;
  fail("there is no tensor ", name);
}

void SafetensorsParts::remove(const std::string& name) {
  std::erase_if(tensors, [&](const Tensor& each) { return each.name == name; });
}

std::string changed(const std::string& file, const std::function<void(SafetensorsParts&)>& change) {
  const auto* data = reinterpret_cast<const std::byte*>(file.data());
  const SafetensorsFile parsed = SafetensorsFile::parse({data, data + file.size()}, "changed");
  SafetensorsParts parts{parsed.metadata(), {}};
  for (const SafetensorsEntry& entry : parsed.entries())
    with_type(entry.type, [&]<class T>(T) {
      const std::vector<T> values = parsed.values<T>(entry.name);
      parts.tensors.push_back(
          {entry.name,
           entry.type,
           entry.shape,
           {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)}});
    });
  change(parts);
  SafetensorsWriter writer;
  writer.set_metadata(parts.metadata);
  for (const SafetensorsParts::Tensor& tensor : parts.tensors)
    with_type(tensor.type, [&]<class T>(T) {
      std::vector<T> values(tensor.bytes.size() / sizeof(T));
      if (!values.empty())
        std::memcpy(values.data(), tensor.bytes.data(), values.size() * sizeof(T));
      writer.add<T>(tensor.name, tensor.shape, values);
    });
  const std::vector<std::byte> bytes = writer.bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace pellucid::test
