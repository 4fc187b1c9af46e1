#include "runtime/formats/npy.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <string>

#include "runtime/error.h"
#include "tests/support/compare.h"

using namespace pellucid;

namespace {

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::vector<std::byte> bytes_of(const std::string& text) {
  const auto* data = reinterpret_cast<const std::byte*>(text.data());
  return {data, data + text.size()};
}

}  // namespace

TEST_CASE("an .npy file has NumPy's bytes") {
  const std::string text = text_of(encode_npy({2, 3}, std::vector<float>{1, 2, 3, 4, 5, -0.5f}));
  // What numpy.save writes for this array: preamble, header padded to a multiple of 64, values.
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  header.resize(117, ' ');
  const std::string expected = std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header + "\n";
  CHECK(text.size() == 128 + 6 * 4);
  CHECK(text.substr(0, 128) == expected);
  float last = 0;
  std::memcpy(&last, text.data() + 128 + 20, 4);
  CHECK(last == -0.5f);

  const std::string row = text_of(encode_npy({3}, std::vector<float>{1, 2, 3}));
  CHECK(row.find("'shape': (3,), }") != row.npos);
  CHECK((row.size() - 12) % 64 == 0);
}

TEST_CASE("an .npy file is read back bit for bit") {
  for (const std::vector<std::int64_t>& shape :
       {std::vector<std::int64_t>{7}, {0, 5}, {2, 3}, {1, 2, 3, 4}}) {
    std::int64_t count = 1;
    for (const std::int64_t extent : shape) count *= extent;
    std::vector<float> values;
    for (int i = 0; i < count; ++i) values.push_back(1.0f / static_cast<float>(i + 3));
    const NpyArray array = decode_npy(encode_npy(shape, values), "x.npy");
    CHECK(array.shape == shape);
    CHECK_SAME_BITS(array.values, values);
  }
}

TEST_CASE("a damaged .npy file is refused") {
  const std::string good = text_of(encode_npy({2, 3}, std::vector<float>(6)));
  const auto decode = [](const std::string& text) { return decode_npy(bytes_of(text), "x.npy"); };
  for (std::size_t length = 0; length < good.size(); ++length)
    CHECK_THROWS_AS(decode(good.substr(0, length)), Error);
  CHECK_THROWS_AS(decode(good + "1"), Error);
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  CHECK_THROWS_AS(decode(changed("<f4", "<f8")), Error);
  CHECK_THROWS_AS(decode(changed("False", "True ")), Error);
  CHECK_THROWS_AS(decode(changed("(2, 3)", "(2,-3)")), Error);
  CHECK_THROWS_AS(decode(changed("(2, 3)", "(x, 3)")), Error);
  CHECK_THROWS_AS(decode(changed("(2, 3), }          ", "(4294967296, 4294967296), }")), Error);
  CHECK_THROWS_AS(encode_npy({2, 2}, std::vector<float>(3)), Error);
}

TEST_CASE("label images of every whole-number type and order are read, others refused") {
  // A file of type `type` whose values are `bytes`, made from one of floats.
  const auto file = [](const std::string& type, const std::string& values, std::int64_t count) {
    std::string text = text_of(encode_npy({count}, std::vector<float>(std::size_t(count))));
    text.resize(text.size() - std::size_t(count) * sizeof(float));
    return bytes_of(text.replace(text.find("<f4"), 3, type) + values);
  };
  const auto read = [&](const std::string& type, auto... values) {
    std::string bytes;
    (bytes.append(reinterpret_cast<const char*>(&values), sizeof(values)), ...);
    return decode_npy_labels(file(type, bytes, sizeof...(values)), "x").values;
  };
  CHECK_EQ(read("|u1", std::uint8_t{0}, std::uint8_t{255}), std::vector<std::int64_t>{0, 255});
  CHECK_EQ(read("<i4", std::int32_t{-7}, std::int32_t{1 << 30}),
           std::vector<std::int64_t>{-7, 1 << 30});
  CHECK_EQ(read("<i8", std::int64_t{-1} << 40, std::int64_t{5}),
           std::vector<std::int64_t>{-(std::int64_t{1} << 40), 5});
  CHECK_EQ(read("<f4", 3.0f, -2.0f), std::vector<std::int64_t>{3, -2});
  using Labels = std::vector<std::int64_t>;
  CHECK_EQ(read("|b1", std::uint8_t{0}, std::uint8_t{1}), Labels{0, 1});
  CHECK_EQ(read("|i1", std::int8_t{-128}, std::int8_t{127}), Labels{-128, 127});
  CHECK_EQ(read("<u2", std::uint16_t{65535}, std::uint16_t{1}), Labels{65535, 1});
  CHECK_EQ(read("<i2", std::int16_t{-2}), Labels{-2});
  CHECK_EQ(read("<u4", std::uint32_t{4294967295u}), Labels{4294967295});
  CHECK_EQ(read("<u8", std::uint64_t{1} << 62), Labels{std::int64_t{1} << 62});
  CHECK_EQ(read("<f8", 12345678901.0, -1.0), Labels{12345678901, -1});
  // Big-endian: 0x0102, 0x01020304 and 1.5e9 as NumPy writes them.
  CHECK_EQ(read(">u2", std::uint16_t{0x0201}), Labels{0x0102});
  CHECK_EQ(read(">i4", std::int32_t{0x04030201}), Labels{0x01020304});
  CHECK_EQ(read(">i2", std::uint16_t{0xFEFF}), Labels{-2});
  CHECK_EQ(read(">f4", std::uint32_t{0x00004040}), Labels{3});
  CHECK_EQ(read("|u1", std::uint8_t{7}), read("<u1", std::uint8_t{7}));
  for (const char* type : {"<f2", "<c8", "<U1", "|S1", "<m8", "|u2", "=i4", "|V4"})
    CHECK_THROWS_WITH_AS(decode_npy_labels(file(type, "12345678", 1), "x"),
                         doctest::Contains("x: not labels (found type"), Error);
  CHECK_THROWS_WITH_AS(read("<u8", ~std::uint64_t{0}),
                       "x: a label is too large (found 18446744073709551615; expected less than "
                       "2^63)",
                       Error);
  CHECK_THROWS_AS(read("<f8", 0.5), Error);
  CHECK_THROWS_WITH_AS(read("<f4", std::nanf("")),
                       "x: a label is not whole (found nan; expected whole numbers)", Error);
  CHECK_THROWS_AS(read("<f4", 1e30f), Error);
  CHECK_THROWS_WITH_AS(decode_npy_labels(file("<i8", "1234", 1), "x"),
                       "x: wrong size (found 4 bytes of values; expected 1 times 8)", Error);
  CHECK_THROWS_AS(decode_npy(file("<i4", "1234", 1), "x"), Error);
}

TEST_CASE("label images column by column are those row by row") {
  const auto column_major = [](const std::vector<std::int64_t>& shape, const std::string& values) {
    std::string text = text_of(encode_npy(shape, std::vector<float>(values.size())));
    text.resize(text.size() - values.size() * sizeof(float));
    text.replace(text.find("<f4"), 3, "|u1");
    // One blank less, for "True" is shorter than "False".
    text.replace(text.find("False"), 5, "True");
    text.insert(text.size() - 1, " ");
    return bytes_of(text + values);
  };
  // 0 1 2 / 3 4 5 by columns: 0 3 1 4 2 5.
  CHECK_EQ(decode_npy_labels(column_major({2, 3}, std::string("\0\3\1\4\2\5", 6)), "x").values,
           std::vector<std::int64_t>{0, 1, 2, 3, 4, 5});
  // (2, 2, 3), element (i, j, k) is 6 i + 3 j + k; the first axis goes fastest.
  std::string values;
  for (int k = 0; k < 3; ++k)
    for (int j = 0; j < 2; ++j)
      for (int i = 0; i < 2; ++i) values += static_cast<char>(6 * i + 3 * j + k);
  std::vector<std::int64_t> expected;
  for (int v = 0; v < 12; ++v) expected.push_back(v);
  CHECK_EQ(decode_npy_labels(column_major({2, 2, 3}, values), "x").values, expected);
  CHECK(decode_npy_labels(column_major({0, 3}, ""), "x").values.empty());
  CHECK_THROWS_WITH_AS(decode_npy(column_major({1}, "1"), "x"), doctest::Contains("wrong type"),
                       Error);
}
