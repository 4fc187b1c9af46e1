#include "runtime/formats/safetensors.h"

#include <cstring>
#include <string>

#include "runtime/error.h"
#include "tests/support/compare.h"

using namespace pellucid;

namespace {

std::vector<std::byte> file_of(const std::string& header, std::size_t data_bytes,
                               std::uint64_t length) {
  std::vector<std::byte> bytes(8 + header.size() + data_bytes);
  std::memcpy(bytes.data(), &length, 8);
  std::memcpy(bytes.data() + 8, header.data(), header.size());
  return bytes;
}

std::string parse_error(std::vector<std::byte> bytes) {
  try {
    SafetensorsFile::parse(std::move(bytes), "f");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::string entry(const std::string& name, const std::string& type, const std::string& shape,
                  const std::string& offsets) {
  return "\"" + name + "\":{\"dtype\":\"" + type + "\",\"shape\":" + shape +
         ",\"data_offsets\":" + offsets + "}";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

SafetensorsWriter example() {
  SafetensorsWriter writer;
  writer.set_metadata({{"b", "2"}, {"a", "with \"quotes\" and ü"}});
  const std::vector<float> f{1.5f, -0.0f, 3e-45f, 7, 8, 9};
  const std::vector<std::uint8_t> u{1, 2, 255};
  const std::vector<std::int32_t> i{-1, 5};
  const std::vector<std::int64_t> l{std::int64_t{1} << 40};
  writer.add("weights", {2, 3}, std::span<const float>(f));
  writer.add("pixels", {3}, std::span<const std::uint8_t>(u));
  writer.add("labels", {2}, std::span<const std::int32_t>(i));
  writer.add("big", {}, std::span<const std::int64_t>(l));
  writer.add("none", {0, 4}, std::span<const float>());
  return writer;
}

}  // namespace

TEST_CASE("safetensors: what is written is read, bit for bit") {
  const auto bytes = example().bytes();
  CHECK(bytes == example().bytes());
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  CHECK(length % 8 == 0);
  const SafetensorsFile file = SafetensorsFile::parse(bytes, "f");
  CHECK(file.metadata() == SafetensorsMetadata{{"a", "with \"quotes\" and ü"}, {"b", "2"}});
  CHECK_SAME_BITS(file.values<float>("weights"),
                  (std::vector<float>{1.5f, -0.0f, 3e-45f, 7, 8, 9}));
  CHECK(std::signbit(file.values<float>("weights")[1]));
  CHECK_SAME_BITS(file.values<std::uint8_t>("pixels"), (std::vector<std::uint8_t>{1, 2, 255}));
  CHECK_SAME_BITS(file.values<std::int32_t>("labels"), (std::vector<std::int32_t>{-1, 5}));
  CHECK(file.values<std::int64_t>("big")[0] == std::int64_t{1} << 40);
  CHECK(file.values<float>("none").empty());
  CHECK(file.entry("weights").shape == std::vector<std::int64_t>{2, 3});
  CHECK(file.has("none"));
  CHECK_THROWS_WITH_AS(file.entry("weight"),
                       "f: missing tensor (found none named 'weight', but 'weights'; expected one)",
                       Error);
  CHECK_THROWS_WITH_AS(file.values<float>("labels"),
                       "f: labels: wrong type (found I32; expected F32)", Error);
}

TEST_CASE("safetensors: the bytes of a small file are the format's") {
  SafetensorsWriter writer;
  const std::vector<float> one{1};
  writer.add("x", {1}, std::span<const float>(one));
  const std::string header = R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  const auto bytes = writer.bytes();
  REQUIRE(bytes.size() == 8 + 56 + 4);
  CHECK(bytes[0] == std::byte{56});
  CHECK(std::string(reinterpret_cast<const char*>(bytes.data()) + 8, header.size()) == header);
  CHECK(bytes[8 + 55] == std::byte{' '});
}

TEST_CASE("safetensors: the order of the header does not matter, only that of the offsets") {
  const std::string header =
      "{" + entry("b", "F32", "[1]", "[4,8]") + "," + entry("a", "I32", "[1]", "[0,4]") + "}";
  const SafetensorsFile file = SafetensorsFile::parse(file_of(header, 8, header.size()), "f");
  CHECK(file.entries()[0].name == "a");
}

TEST_CASE("safetensors: every cut and every changed byte is refused or read, never worse") {
  const auto bytes = example().bytes();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CAPTURE(size);
    CHECK(parse_error(std::vector<std::byte>(
              bytes.begin(), bytes.begin() + static_cast<long>(size))) != "no error");
  }
  std::uint64_t header = 0;
  std::memcpy(&header, bytes.data(), 8);
  for (std::size_t at = 0; at < 8 + header; ++at)
    for (const std::byte flip : {std::byte{1}, std::byte{0x10}, std::byte{0x80}}) {
      auto changed = bytes;
      changed[at] ^= flip;
      const std::string error = parse_error(std::move(changed));
      CHECK((error == "no error" || contains(error, "f: ")));
    }
}

TEST_CASE("safetensors: the writer refuses what it could not read back") {
  SafetensorsWriter writer;
  const std::vector<float> two{1, 2};
  writer.add("x", {2}, std::span<const float>(two));
  CHECK_THROWS_AS(writer.add("x", {2}, std::span<const float>(two)), Error);
  CHECK_THROWS_AS(writer.add("y", {3}, std::span<const float>(two)), Error);
  CHECK_THROWS_AS(writer.add("__metadata__", {2}, std::span<const float>(two)), Error);
}
