// Tensors of ONNX files: values of every type, in parts and in other files.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cmath>
#include <functional>

#include "nn/graph/onnx/onnx_file.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/protobuf.h"
#include "tests/nn/data/support.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

using Writer = protozero::pbf_writer;

std::string message(const std::function<void(Writer&)>& fields) {
  std::string bytes;
  Writer writer(bytes);
  fields(writer);
  return bytes;
}

// A TensorProto of these fields, read from a file that is gone when its values are asked for.
OnnxTensor tensor_of(const std::function<void(Writer&)>& fields) {
  const TemporaryFolder folder;
  write_text_file(folder / "t.pb", message(fields));
  return read_onnx_tensor(folder / "t.pb");
}

// Its values as raw_data and as numbers of the field `typed`, which must be the same.
template <class T>
std::vector<double> values_of(int type, int typed, const std::vector<T>& values) {
  const auto head = [&](Writer& w) {
    w.add_int64(1, static_cast<std::int64_t>(values.size()));
    w.add_int32(2, type);
  };
  const OnnxTensor raw = tensor_of([&](Writer& w) {
    head(w);
    w.add_bytes(9, reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  });
  const OnnxTensor one_by_one = tensor_of([&](Writer& w) {
    head(w);
    for (const T value : values) {
      if constexpr (std::is_same_v<T, float>) w.add_float(4, value);
      else if constexpr (std::is_same_v<T, double>) w.add_double(10, value);
      else w.add_int64(static_cast<std::uint32_t>(typed), static_cast<std::int64_t>(value));
    }
  });
  CHECK_EQ(raw.raw(), one_by_one.raw());
  const std::vector<double> doubles = raw.doubles();
  CHECK_EQ(one_by_one.doubles().size(), doubles.size());
  for (std::size_t i = 0; i < doubles.size(); ++i) {
    const bool is_same = one_by_one.doubles()[i] == doubles[i] || std::isnan(doubles[i]);
    CHECK(is_same);
    const float expected = static_cast<float>(doubles[i]);
    if (!std::isnan(doubles[i])) CHECK_EQ(raw.floats()[i], expected);
  }
  return doubles;
}

using Doubles = std::vector<double>;

}  // namespace

TEST_CASE("ONNX: values of every type, raw and typed") {
  CHECK(values_of<float>(1, 4, {1.5f, -0.25f}) == Doubles{1.5, -0.25});
  CHECK(values_of<double>(11, 10, {1e300, 0.1}) == Doubles{1e300, 0.1});
  CHECK(values_of<std::uint8_t>(2, 5, {0, 200, 255}) == Doubles{0, 200, 255});
  CHECK(values_of<std::int8_t>(3, 5, {-128, -1, 127}) == Doubles{-128, -1, 127});
  CHECK(values_of<std::uint16_t>(4, 5, {0, 65535}) == Doubles{0, 65535});
  CHECK(values_of<std::int16_t>(5, 5, {-32768, 5}) == Doubles{-32768, 5});
  CHECK(values_of<std::int32_t>(6, 5, {INT32_MIN, INT32_MAX}) == Doubles{INT32_MIN, INT32_MAX});
  CHECK(values_of<std::int64_t>(7, 7, {-3, std::int64_t{1} << 52}) == Doubles{-3, 0x1p52});
  CHECK(values_of<std::uint8_t>(9, 5, {0, 1}) == Doubles{0, 1});
  CHECK(values_of<std::uint32_t>(12, 11, {0, 4294967295}) == Doubles{0, 4294967295});
  CHECK(values_of<std::uint64_t>(13, 11, {0, std::uint64_t{1} << 63}) == Doubles{0, 0x1p63});
  // 1, the largest, the least normal, the least, both infinities and −0 of float16.
  const Doubles halves = values_of<std::uint16_t>(
      10, 5, {0x3C00, 0x7BFF, 0x0400, 0x0001, 0x7C00, 0xFC00, 0x8000, 0xC100, 0x7E00});
  CHECK(Doubles(halves.begin(), halves.begin() + 8) ==
        Doubles{1, 65504, 0x1p-14, 0x1p-24, INFINITY, -INFINITY, -0.0, -2.5});
  CHECK(std::signbit(halves[6]));
  CHECK(std::isnan(halves[8]));
  CHECK(values_of<std::uint16_t>(16, 5, {0x3F80, 0xC020}) == Doubles{1, -2.5});
}

TEST_CASE("ONNX: integers are read as integers, and nothing else is") {
  const auto of = [](int type, const std::string& raw) {
    return tensor_of([&](Writer& w) {
      w.add_int64(1, 1);
      w.add_int32(2, type);
      w.add_string(8, "w");
      w.add_bytes(9, raw);
    });
  };
  CHECK(of(7, std::string(8, '\xFF')).integers() == std::vector<std::int64_t>{-1});
  CHECK(of(9, "\x07").integers() == std::vector<std::int64_t>{1});
  CHECK(of(9, "\x07").floats() == std::vector<float>{1});
  check_fragments(message_of([&] { of(13, std::string(8, '\xFF')).integers(); }),
                  {"t.pb: tensor \"w\"", "uint64", "integers below 2^63"});
  check_fragments(message_of([&] { of(1, "abcd").integers(); }), {"float32", "integers"});
  check_fragments(message_of([&] { of(17, "a").floats(); }), {"float8e4m3fn", "numbers"});
  check_fragments(message_of([&] { of(21, "a").doubles(); }), {"uint4", "numbers"});
  CHECK_EQ(name_of(OnnxType{27}), "float6e2m3");
  CHECK_EQ(name_of(OnnxType{99}), "type 99");
  const OnnxTensor text = tensor_of([](Writer& w) {
    w.add_int32(2, 8);
    w.add_string(6, "word");
  });
  check_fragments(message_of([&] { text.floats(); }), {"string"});
  check_fragments(message_of([&] { text.raw(); }), {"string"});
  CHECK_FALSE(text.is_floating());
  CHECK(of(16, "ab").is_floating());
  // Two of int4 and four of uint2 are a byte, five of float6 a stream of bits.
  const auto packed = [](int type, std::int64_t count, const std::vector<std::int64_t>& numbers) {
    return tensor_of([&](Writer& w) {
             w.add_int64(1, count);
             w.add_int32(2, type);
             w.add_packed_int64(5, numbers.begin(), numbers.end());
           })
        .raw();
  };
  CHECK_EQ(packed(22, 3, {0x21, 0x03}), "\x21\x03");
  CHECK_EQ(packed(25, 5, {0xE4, 0x01}), "\xE4\x01");
  CHECK_EQ(packed(27, 5, {1, 2, 3, 4, 63}), std::string("\x81\x30\x10\x3F", 4));
}

TEST_CASE("ONNX: a tensor in parts, its values packed and not") {
  const OnnxTensor parts = tensor_of([](Writer& w) {
    const std::vector<float> two{1, 2};
    w.add_int64(1, 2);
    w.add_packed_float(4, two.begin(), two.end());
    w.add_int32(2, 7);
    w.add_float(4, 3);
    w.add_int64(1, 2);
    w.add_float(4, 4);
    w.add_int32(2, 1);
  });
  CHECK(parts.shape == std::vector<std::int64_t>{2, 2});
  CHECK(parts.floats() == std::vector<float>{1, 2, 3, 4});
}

TEST_CASE("ONNX: weights in another file") {
  const TemporaryFolder folder;
  const auto model = [](const std::string& location, std::int64_t offset) {
    OnnxModel head;
    head.ir_version = 8;
    return encode_onnx(head) + message([&](Writer& w) {
             w.add_message(7, message([&](Writer& g) {
                             g.add_message(5, message([&](Writer& t) {
                                             t.add_int64(1, 2);
                                             t.add_int32(2, 1);
                                             t.add_string(8, "w");
                                             t.add_int32(14, 1);
                                             const auto entry = [&t](const char* key,
                                                                     const std::string& value) {
                                               t.add_message(13, message([&](Writer& e) {
                                                               e.add_string(1, key);
                                                               e.add_string(2, value);
                                                             }));
                                             };
                                             entry("location", location);
                                             entry("offset", std::to_string(offset));
                                             entry("length", "8");
                                             entry("checksum", "0");
                                           }));
                           }));
           });
  };
  const std::vector<float> values{9, 1.5f, -2};
  const std::string data(reinterpret_cast<const char*>(values.data()), 12);
  write_text_file(folder / "net.onnx", model("w.data", 4));
  write_text_file(folder / "w.data", data);
  const OnnxModel read = read_onnx(folder / "net.onnx");
  REQUIRE_EQ(read.initializers.size(), 1);
  CHECK(read.initializers[0].floats() == std::vector<float>{1.5f, -2});
  CHECK(read.external == std::vector<std::string>{"w.data"});
  CHECK(read.notes == std::vector<std::string>{"weights in \"w.data\"",
                                               "the checksum of \"w.data\" is not compared"});
  CHECK(contains(message_of([&] { parse_onnx(model("w.data", 4), "memory"); }),
                 "memory: initializer \"w\": external data (found the location \"w.data\""));

  // Written, it needs the other file no more; with other metadata it takes it along.
  write_onnx(read, folder / "whole" / "net.onnx");
  CHECK(read_onnx(folder / "whole" / "net.onnx").external.empty());
  const OnnxMetadata metadata{{"k", "v"}};
  write_onnx_with_metadata(folder / "net.onnx", metadata, folder / "out" / "other.onnx");
  const OnnxModel other = read_onnx(folder / "out" / "other.onnx");
  CHECK(other.metadata == metadata);
  CHECK(other.initializers[0].floats() == std::vector<float>{1.5f, -2});
  write_onnx_with_metadata(folder / "net.onnx", metadata, folder / "out" / "other.onnx");
  write_onnx_with_metadata(folder / "net.onnx", metadata, folder / "beside.onnx");
  CHECK_EQ(read_text_file(folder / "w.data"), data);
  const auto refused = [&](const std::filesystem::path& to) {
    return message_of([&] { write_onnx_with_metadata(folder / "net.onnx", metadata, to); });
  };
  check_fragments(refused("/dev/null"), {"pipe or device"});
  check_fragments(refused(folder / "third" / "w.data"), {"of this name"});
  write_text_file(folder / "out" / "w.data", "mine");
  check_fragments(refused(folder / "out" / "other.onnx"), {"another file of the name"});
  CHECK_EQ(read_text_file(folder / "out" / "w.data"), "mine");

  // Never through a link, and only from a regular file.
  const auto found = [&](const std::string& location) {
    write_text_file(folder / "net.onnx", model(location, 4));
    return message_of([&] { read_onnx(folder / "net.onnx"); });
  };
  const std::string where = (folder / "net.onnx").string() + ": initializer \"w\": external data ";
  std::filesystem::create_symlink("w.data", folder / "link");
  std::filesystem::create_directory_symlink("/etc", folder / "etc");
  std::filesystem::create_directory(folder / "folder");
  REQUIRE_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  CHECK_EQ(found("link"),
           where + "\"link\": cannot be read (found a symbolic link; expected a readable file)");
  CHECK_EQ(found("etc"),
           where + "\"etc\": cannot be read (found a symbolic link; expected a readable file)");
  CHECK_EQ(found("folder"),
           where + "\"folder\": cannot be read (found a folder; expected a readable file)");
  CHECK_EQ(found("pipe"),
           where + "\"pipe\": cannot be read (found no regular file; expected a readable file)");
  CHECK_EQ(found("w.data"), "");
}
