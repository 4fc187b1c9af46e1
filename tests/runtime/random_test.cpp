#include "runtime/random.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>

using namespace pellucid;

namespace {

// Words of a block as one comparable value.
std::array<std::uint32_t, 4> words(PhiloxBlock b) {
  return {b.word[0], b.word[1], b.word[2], b.word[3]};
}

}  // namespace

// Known answers published with Random123 (Salmon et al., SC 2011) for philox4x32 with 10 rounds.
TEST_CASE("philox4x32-10 gives the published known answers") {
  using Words = std::array<std::uint32_t, 4>;
  const std::uint32_t ones = 0xffffffff;
  CHECK_EQ(words(philox4x32({{0, 0, 0, 0}}, 0, 0)),
           Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK_EQ(words(philox4x32({{ones, ones, ones, ones}}, ones, ones)),
           Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK_EQ(
      words(philox4x32({{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}}, 0xa4093822, 0x299f31d0)),
      Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("random_bits: four indices share a block, key and stream use all their bits") {
  const RandomKey zero{};
  const auto block = words(philox4x32({{0, 0, 0, 0}}, 0, 0));
  for (std::uint64_t i = 0; i < 4; ++i) CHECK_EQ(random_bits(zero, i), block[i]);
  // The published vectors again: counter = (block, stream), key = seed.
  const RandomKey key{0x299f31d0a4093822, 0x0370734413198a2e};
  const std::uint64_t index = 0x85a308d3243f6a88;
  CHECK_EQ(random_bits({key.seed, key.stream}, (index & (~0ull >> 2)) << 2),
           philox4x32({{0x243f6a88, 0x05a308d3, 0x13198a2e, 0x03707344}}, 0xa4093822, 0x299f31d0)
               .word[0]);
  for (int bit = 0; bit < 64; ++bit) {
    const std::uint64_t flip = 1ull << bit;
    CHECK_NE(random_bits({key.seed ^ flip, key.stream}, 5), random_bits(key, 5));
    CHECK_NE(random_bits({key.seed, key.stream ^ flip}, 5), random_bits(key, 5));
    CHECK_NE(random_bits(key, 5 ^ flip), random_bits(key, 5));
  }
}

TEST_CASE("random_uniform: in [0, 1), mean 1/2, variance 1/12") {
  const int count = 100000;
  double sum = 0, squares = 0;
  for (int i = 0; i < count; ++i) {
    const float u = random_uniform({1, 2}, static_cast<std::uint64_t>(i));
    REQUIRE(u >= 0);
    REQUIRE(u < 1);
    sum += u, squares += u * u;
  }
  const double mean = sum / count, variance = squares / count - mean * mean;
  // Five standard deviations: 5·√(1/12/n) and 5·√(1/180/n).
  CHECK(std::abs(mean - 0.5) < 0.0046);
  CHECK(std::abs(variance - 1.0 / 12) < 0.0012);
}

TEST_CASE("random_below: below n, each value about as often") {
  int seen[7] = {};
  for (std::uint64_t i = 0; i < 70000; ++i) {
    const std::uint32_t value = random_below({3, 4}, i, 7);
    REQUIRE(value < 7);
    ++seen[value];
  }
  for (const int times : seen) CHECK(std::abs(times - 10000) < 470);  // 5·√(70000·1/7·6/7)
  CHECK_EQ(random_below({3, 4}, 0, 1), 0);
}
