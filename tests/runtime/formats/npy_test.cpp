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

TEST_CASE("label images of four types are read, others refused") {
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
  CHECK_THROWS_WITH_AS(
      read("<f8", 1.0),
      "x: not labels (found type \"<f8\"; expected \"|u1\", \"<i4\", \"<i8\" or \"<f4\")", Error);
  CHECK_THROWS_WITH_AS(read("<f4", std::nanf("")),
                       "x: a label is not whole (found nan; expected whole numbers)", Error);
  CHECK_THROWS_AS(read("<f4", 1e30f), Error);
  CHECK_THROWS_WITH_AS(decode_npy_labels(file("<i8", "1234", 1), "x"),
                       "x: wrong size (found 4 bytes of values; expected 1 times 8)", Error);
  CHECK_THROWS_AS(decode_npy(file("<i4", "1234", 1), "x"), Error);
}
