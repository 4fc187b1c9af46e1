#include "runtime/formats/protobuf.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace pellucid;

namespace {

std::string message_of(const std::string& bytes, void (*read)(ProtobufMessage&)) {
  const ProtobufFile file{"f.pb", bytes};
  ProtobufMessage message(file);
  try {
    while (message.next()) read(message);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

void skip(ProtobufMessage& m) { m.skip(); }

}  // namespace

TEST_CASE("protobuf: fields are read in their order, with their places") {
  std::string inner, bytes;
  protozero::pbf_writer(inner).add_int64(3, -7);
  protozero::pbf_writer writer(bytes);
  writer.add_int64(1, 300);
  writer.add_float(2, 0.5f);
  writer.add_message(4, inner);
  writer.add_string(5, "text");
  const ProtobufFile file{"f.pb", bytes};
  ProtobufMessage m(file);
  REQUIRE(m.next());
  CHECK_EQ(m.field(), 1);
  CHECK_EQ(m.at(), 0);
  CHECK_EQ(m.integer(), 300);
  REQUIRE(m.next());
  CHECK_EQ(m.at(), 3);
  CHECK_EQ(m.real(), 0.5f);
  REQUIRE(m.next());
  ProtobufMessage sub = m.message();
  REQUIRE(sub.next());
  CHECK_EQ(sub.at(), 10);  // of the file
  CHECK_EQ(sub.field(), 3);
  CHECK_EQ(sub.integer(), -7);
  CHECK_FALSE(sub.next());
  REQUIRE(m.next());
  CHECK_EQ(m.bytes(), "text");
  CHECK_FALSE(m.next());
  CHECK_EQ(m.at(), bytes.size());
}

TEST_CASE("protobuf: repeated numbers are the same packed and one by one") {
  const std::vector<std::int64_t> numbers{1, 300, -1};
  std::string packed, single;
  protozero::pbf_writer(packed).add_packed_int64(7, numbers.begin(), numbers.end());
  for (const std::int64_t number : numbers) protozero::pbf_writer(single).add_int64(7, number);
  for (const std::string* bytes : {&packed, &single}) {
    const ProtobufFile file{"f.pb", *bytes};
    std::vector<std::int64_t> read;
    for (ProtobufMessage m(file); m.next();)
      ProtobufMessage::for_each_varint(m.numbers(ProtobufWire::varint), [&](std::uint64_t value) {
        read.push_back(static_cast<std::int64_t>(value));
      });
    CHECK(read == numbers);
  }
}

TEST_CASE("protobuf: a length is its 64 bits, and a field has the wire type as which it is read") {
  // 2^32 + 1, of which protozero takes the 1.
  const std::string long_length = "\x3A\x81\x80\x80\x80\x10" + std::string("a");
  const std::string cut =
      "f.pb: damaged at byte 0 (found a field that is cut short; expected all of it)";
  CHECK_EQ(message_of(long_length, skip), cut);
  CHECK_EQ(message_of(long_length, [](ProtobufMessage& m) { m.bytes(); }), cut);
  CHECK_EQ(message_of("\x3A\x01"
                      "a",
                      skip),
           "");
  const std::string wrong =
      "f.pb: damaged at byte 0 (found field 1 of another wire type; expected its own)";
  CHECK_EQ(message_of("\x08\x01", [](ProtobufMessage& m) { m.bytes(); }), wrong);
  CHECK_EQ(message_of("\x08\x01", [](ProtobufMessage& m) { m.real(); }), wrong);
  CHECK_EQ(message_of("\x0A\x01"
                      "a",
                      [](ProtobufMessage& m) { m.integer(); }),
           wrong);
  CHECK_EQ(message_of("\x08\x01", [](ProtobufMessage& m) { m.numbers(ProtobufWire::fixed32); }),
           wrong);
  CHECK_EQ(
      message_of("\x0A\x03"
                 "abc",
                 [](ProtobufMessage& m) { m.numbers(ProtobufWire::fixed32); }),
      "f.pb: damaged at byte 0 (found a list that ends within a number; expected whole numbers)");
  CHECK_EQ(message_of("\x0B", skip),
           "f.pb: damaged at byte 0 (found an unknown wire type; expected varint, fixed32, fixed64 "
           "or bytes)");
}
