#include "kernels/concat/concat.h"

#include "runtime/tensor.h"
#include "tests/kernels/each_variant.h"
#include "tests/support/compare.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

struct Case {
  std::int64_t rows;
  int x_channels, y_channels, from, to, count;
};

std::vector<Case> cases() {
  if (kSmallShapesOnly) return {{37, 8, 12, 4, 8, 4}, {37, 5, 7, 1, 2, 3}};
  return {{1, 1, 1, 0, 0, 1},        {2, 3, 2, 1, 0, 2},        {3, 2, 5, 0, 3, 2},
          {31, 33, 64, 0, 31, 33},   {32, 64, 127, 1, 63, 63},  {33, 65, 257, 32, 0, 31},
          {63, 127, 127, 0, 0, 127}, {64, 257, 32, 225, 0, 32}, {65, 4, 4, 0, 0, 4},
          {127, 8, 20, 4, 12, 4},    {257, 64, 96, 0, 32, 64},  {2, 1028, 2052, 4, 8, 1024},
          {5, 12, 16, 0, 4, 12},     {1001, 16, 24, 8, 0, 8}};
}

}  // namespace

TEST_CASE("copy_channels: every variant copies its channels and leaves the others") {
  auto with_many_rows = cases();
  if (!kSmallShapesOnly)
    with_many_rows.push_back({5592406, 3, 3, 0, 0, 3});  // over 65,535 blocks of v1
  each_variant(copy_channels_variants(), [&](const auto& run) {
    bool ran = false;
    for (const auto [rows, x_channels, y_channels, from, to, count] : with_many_rows) {
      CAPTURE(rows);
      CAPTURE(x_channels);
      CAPTURE(y_channels);
      CAPTURE(from);
      CAPTURE(to);
      CAPTURE(count);
      const auto x = random_integers(static_cast<std::size_t>(rows * x_channels), 1);
      auto expected = random_integers(static_cast<std::size_t>(rows * y_channels), 2);
      const Tensor dx = Tensor::from_host(stream(), {rows, x_channels}, x);
      const Tensor y = Tensor::from_host(stream(), {rows, y_channels}, expected);
      if (!run({dx.data<float>(), y.data<float>(), rows, x_channels, y_channels, from, to, count}))
        continue;
      ran = true;
      copy_channels_reference(x.data(), expected.data(), rows, x_channels, y_channels, from, to,
                              count);
      CHECK_SAME_BITS(y.to_host<float>(stream()), expected);
    }
    CHECK(ran);
  });
}

TEST_CASE("copy_channels: joining two arrays and cutting them apart gives them back") {
  const std::int64_t rows = 129;
  for (const auto& [first, second] : {std::pair{3, 5}, {8, 4}, {1, 16}}) {
    CAPTURE(first);
    const int both = first + second;
    const auto x = random_values(static_cast<std::size_t>(rows * first), 3);
    const auto z = random_values(static_cast<std::size_t>(rows * second), 4);
    const Tensor dx = Tensor::from_host(stream(), {rows, first}, x);
    const Tensor dz = Tensor::from_host(stream(), {rows, second}, z);
    const Tensor y = Tensor::empty(stream(), {rows, both});
    copy_channels(stream(), {dx.data<float>(), y.data<float>(), rows, first, both, 0, 0, first});
    copy_channels(stream(),
                  {dz.data<float>(), y.data<float>(), rows, second, both, 0, first, second});
    const Tensor x_back = Tensor::empty(stream(), {rows, first});
    const Tensor z_back = Tensor::empty(stream(), {rows, second});
    copy_channels(stream(),
                  {y.data<float>(), x_back.data<float>(), rows, both, first, 0, 0, first});
    copy_channels(stream(),
                  {y.data<float>(), z_back.data<float>(), rows, both, second, first, 0, second});
    CHECK_SAME_BITS(x_back.to_host<float>(stream()), x);
    CHECK_SAME_BITS(z_back.to_host<float>(stream()), z);
  }
}

TEST_CASE("copy_channels: arrays that are not aligned to 16 bytes") {
  const auto x = random_integers(8 * 8 + 1, 5);
  const Tensor dx = Tensor::from_host(stream(), {8 * 8 + 1}, x);
  const Tensor y = Tensor::zeros(stream(), {8, 4});
  copy_channels(stream(), {dx.data<float>() + 1, y.data<float>(), 8, 8, 4, 4, 0, 4});
  std::vector<float> expected(8 * 4);
  copy_channels_reference(x.data() + 1, expected.data(), 8, 8, 4, 4, 0, 4);
  CHECK_SAME_BITS(y.to_host<float>(stream()), expected);
}

TEST_CASE("copy_channels: nothing to copy, and channels that are not there, are errors") {
  const auto copy = [](const CopyChannelsArgs& args) { copy_channels(stream(), args); };
  CHECK_THROWS_WITH_AS(copy({nullptr, nullptr, 0, 4, 4, 0, 0, 4}),
                       "copy_channels: rows and count must be at least 1, got 0 and 4", Error);
  CHECK_THROWS_WITH_AS(copy({nullptr, nullptr, 2, 4, 4, 0, 0, 0}),
                       "copy_channels: rows and count must be at least 1, got 2 and 0", Error);
  CHECK_THROWS_WITH_AS(copy({nullptr, nullptr, 2, 4, 8, 1, 0, 4}),
                       "copy_channels: x has 4 channels, not 4 from 1 on", Error);
  CHECK_THROWS_WITH_AS(copy({nullptr, nullptr, 2, 4, 8, -1, 0, 4}),
                       "copy_channels: x has 4 channels, not 4 from -1 on", Error);
  CHECK_THROWS_WITH_AS(copy({nullptr, nullptr, 2, 4, 8, 0, 5, 4}),
                       "copy_channels: y has 8 channels, not 4 from 5 on", Error);
}
