#include "runtime/primitives/primitives.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

#include "runtime/tensor.h"
#include "tests/support/compare.h"
#include "tests/support/device.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

std::vector<std::int64_t> counts() {
  if (kSmallShapesOnly) return {35};
  return {0, 1, 2, 3, 31, 32, 33, 64, 257, 4096, 4097, 100003};
}

template <class T>
Tensor upload(const std::vector<T>& values) {
  return Tensor::from_host(stream(), {static_cast<std::int64_t>(values.size())}, values);
}

std::vector<std::int32_t> random_ints(std::int64_t count, std::uint64_t seed) {
  std::vector<std::int32_t> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<std::int32_t>(random_bits({seed, 1}, i));
  return values;
}

// Sorts on the device; checks that equal keys kept their order and returns the sorted keys.
template <class Key>
std::vector<Key> sorted_pairs(const std::vector<Key>& keys) {
  const auto count = static_cast<std::int64_t>(keys.size());
  std::vector<std::int32_t> values(keys.size());
  std::iota(values.begin(), values.end(), 0);
  const Tensor device_values = upload(values);
  const Tensor in = upload(keys), out = Tensor::empty(stream(), {count}, dtype_of<Key>());
  const Tensor order = Tensor::empty(stream(), {count}, DType::i32);
  sort_pairs(stream(), in.data<Key>(), device_values.data<std::int32_t>(), out.data<Key>(),
             order.data<std::int32_t>(), count);
  const std::vector<Key> sorted = out.to_host<Key>(stream());
  const auto from = order.to_host<std::int32_t>(stream());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    CHECK_EQ(std::bit_cast<std::uint32_t>(keys[static_cast<std::size_t>(from[i])]),
             std::bit_cast<std::uint32_t>(sorted[i]));
    if (i > 0 && sorted[i - 1] == sorted[i]) CHECK(from[i - 1] < from[i]);
  }
  return sorted;
}

}  // namespace

TEST_CASE("exclusive_scan: sums of all that come before, wrapping around at 32 bits") {
  for (const std::int64_t count : counts()) {
    CAPTURE(count);
    const auto x = random_ints(count, 1);
    std::vector<std::int32_t> expected;
    std::uint32_t sum = 0;
    for (const std::int32_t value : x) {
      expected.push_back(static_cast<std::int32_t>(sum));
      sum += static_cast<std::uint32_t>(value);
    }
    const Tensor dx = upload(x), y = Tensor::empty(stream(), {count}, DType::i32);
    exclusive_scan(stream(), dx.data<std::int32_t>(), y.data<std::int32_t>(), count);
    CHECK_SAME_BITS(y.to_host<std::int32_t>(stream()), expected);
  }
}

TEST_CASE("sort_pairs: ascending and stable, uint32 keys") {
  for (const std::int64_t count : counts()) {
    CAPTURE(count);
    std::vector<std::uint32_t> keys(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < keys.size(); ++i)
      keys[i] = random_bits({2, 1}, i) % 1000 * 4294967u;  // ties, and the top bit in use
    auto expected = keys;
    std::sort(expected.begin(), expected.end());
    CHECK_EQ(sorted_pairs(keys), expected);
  }
}

TEST_CASE("sort_pairs: ascending and stable, float keys") {
  for (const std::int64_t count : counts()) {
    CAPTURE(count);
    auto keys = random_values(static_cast<std::size_t>(count), 3, -4, 4);
    for (float& key : keys) key = std::round(key * 64) / 64;  // ties, among them ±0
    auto expected = keys;
    std::stable_sort(expected.begin(), expected.end());
    CHECK_SAME_BITS(sorted_pairs(keys), expected);
  }
}

TEST_CASE("sort_pairs: zeros are equal, infinities and NaNs have their places") {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::nanf("");
  const auto sorted = sorted_pairs<float>({nan, inf, 0.0f, 1e-45f, -0.0f, -nan, -inf, 0.0f, -1});
  REQUIRE_EQ(sorted.size(), 9);
  CHECK(std::isnan(sorted[0]));
  CHECK_EQ(std::vector<float>(sorted.begin() + 1, sorted.end() - 1),
           std::vector<float>{-inf, -1, 0.0f, -0.0f, 0.0f, 1e-45f, inf});
  CHECK_FALSE(std::signbit(sorted[3]));  // the zeros kept their order
  CHECK(std::signbit(sorted[4]));
  CHECK(std::isnan(sorted[8]));
}

TEST_CASE("select: positions of the set flags, any value but 0") {
  for (const std::int64_t count : counts())
    for (const std::uint32_t share : {0u, 1u, 128u, 256u}) {
      CAPTURE(count);
      CAPTURE(share);
      std::vector<std::uint8_t> flags(static_cast<std::size_t>(count));
      std::vector<std::int32_t> expected;
      for (std::size_t i = 0; i < flags.size(); ++i) {
        const bool set = random_below({4, 1}, i, 256) < share;
        flags[i] = set ? static_cast<std::uint8_t>(1 + random_below({4, 2}, i, 255)) : 0;
        if (set) expected.push_back(static_cast<std::int32_t>(i));
      }
      const Tensor dflags = upload(flags);
      const Tensor indices = Tensor::zeros(stream(), {count}, DType::i32);
      const Tensor selected = Tensor::empty(stream(), {1}, DType::i32);
      select(stream(), dflags.data<std::uint8_t>(), indices.data<std::int32_t>(),
             selected.data<std::int32_t>(), count);
      const auto found = static_cast<std::size_t>(selected.to_host<std::int32_t>(stream())[0]);
      REQUIRE_EQ(found, expected.size());
      auto actual = indices.to_host<std::int32_t>(stream());
      actual.resize(found);
      CHECK_SAME_BITS(actual, expected);
    }
}

TEST_CASE("reduce_sum: int32 wraps around; integers as floats are exact") {
  for (const std::int64_t count : counts()) {
    CAPTURE(count);
    const auto x = random_ints(count, 5);
    std::uint32_t sum = 0;
    for (const std::int32_t value : x) sum += static_cast<std::uint32_t>(value);
    const Tensor dx = upload(x), y = Tensor::empty(stream(), {1}, DType::i32);
    reduce_sum(stream(), dx.data<std::int32_t>(), y.data<std::int32_t>(), count);
    CHECK_EQ(y.to_host<std::int32_t>(stream())[0], static_cast<std::int32_t>(sum));

    const auto f = random_integers(static_cast<std::size_t>(count), 6);
    const Tensor df = upload(f), z = Tensor::empty(stream(), {1});
    reduce_sum(stream(), df.data<float>(), z.data<float>(), count);
    CHECK_EQ(z.to_host<float>(stream())[0], std::accumulate(f.begin(), f.end(), 0.0));
  }
}

TEST_CASE("reduce_sum: real values are close, and the same bits every time") {
  const std::int64_t count = kSmallShapesOnly ? 5000 : 1000003;
  const auto x = random_values(static_cast<std::size_t>(count), 7, 0, 1);
  const double expected = std::accumulate(x.begin(), x.end(), 0.0);
  const Tensor dx = upload(x), y = Tensor::empty(stream(), {1});
  const auto sum = [&] {
    reduce_sum(stream(), dx.data<float>(), y.data<float>(), count);
    return y.to_host<float>(stream());
  };
  const auto first = sum();
  // Positive terms; the longest chain of additions is 4096 + ⌈count / 4096⌉.
  CHECK(std::abs(first[0] - expected) <= 6e-8 * 4400 * expected);
  for (int i = 0; i < 3; ++i) CHECK_SAME_BITS(sum(), first);
}

TEST_CASE("primitives: they are recorded, and refuse counts beyond 32 bits") {
  stream().launches().set_detail(LaunchLog::Detail::times);
  const Tensor x = upload(std::vector<std::int32_t>{1, 2, 3}), y = x.clone(stream());
  exclusive_scan(stream(), x.data<std::int32_t>(), y.data<std::int32_t>(), 3);
  stream().launches().set_detail(LaunchLog::Detail::off);
  const auto records = stream().launches().take();
  REQUIRE_EQ(records.size(), 1);
  CHECK_EQ(records[0].name, "exclusive_scan");
  CHECK_EQ(records[0].cost.bytes, 24);
  const std::int64_t too_many = std::int64_t{1} << 31;
  CHECK_THROWS_WITH_AS(reduce_sum(stream(), static_cast<const float*>(nullptr), nullptr, too_many),
                       "reduce_sum: count must be 0 to 2147483647, got 2147483648", Error);
  CHECK_THROWS_AS(exclusive_scan(stream(), nullptr, nullptr, -1), Error);
}
