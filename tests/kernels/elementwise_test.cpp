#include "kernels/elementwise/elementwise.h"

#include <numeric>

#include "runtime/tensor.h"
#include "tests/kernels/each_variant.h"
#include "tests/support/compare.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

TEST_CASE(
    "add: every variant equals the reference bit for bit on integers, null inputs count as 0") {
  const std::vector<std::int64_t> counts =
      kSmallShapesOnly
          ? std::vector<std::int64_t>{1027}
          : std::vector<std::int64_t>{1, 2, 3, 31, 32, 33, 63, 64, 65, 127, 257, 100003};
  each_variant(add_variants(), [&](const auto& run) {
    for (const std::int64_t count : counts)
      for (int inputs = 0; inputs < 4; ++inputs) {
        CAPTURE(count);
        CAPTURE(inputs);
        const bool with_x = inputs & 1, with_z = inputs & 2;
        const auto x = random_integers(static_cast<std::size_t>(count), 1);
        const auto z = random_integers(x.size(), 2);
        const Tensor dx = Tensor::from_host(stream(), {count}, x);
        const Tensor dz = Tensor::from_host(stream(), {count}, z);
        const Tensor y = Tensor::empty(stream(), {count});
        std::vector<float> expected(x.size());
        add_reference(with_x ? x.data() : nullptr, with_z ? z.data() : nullptr, expected.data(),
                      count, 3, -0.5, 7);
        AddArgs args{with_x ? dx.data<float>() : nullptr,
                     with_z ? dz.data<float>() : nullptr,
                     y.data<float>(),
                     count,
                     3,
                     -0.5f,
                     7};
        REQUIRE(run(args));
        CHECK_SAME_BITS(y.to_host<float>(stream()), expected);
        args.y = dx.data<float>();  // in place
        REQUIRE(run(args));
        CHECK_SAME_BITS(dx.to_host<float>(stream()), expected);
      }
  });
}

TEST_CASE("add: every device and variant rounds as fma(a, x, fma(b, z, constant))") {
  const std::int64_t count = 257;
  const auto x = random_values(count, 3), z = random_values(count, 4);
  std::vector<float> expected(count);
  for (std::size_t i = 0; i < expected.size(); ++i)
    expected[i] = std::fma(0.3f, x[i], std::fma(0.7f, z[i], 0.1f));
  each_variant(add_variants(), [&](const auto& run) {
    const Tensor dx = Tensor::from_host(stream(), {count}, x);
    const Tensor dz = Tensor::from_host(stream(), {count}, z);
    const Tensor y = Tensor::empty(stream(), {count});
    REQUIRE(run({dx.data<float>(), dz.data<float>(), y.data<float>(), count, 0.3f, 0.7f, 0.1f}));
    CHECK_SAME_BITS(y.to_host<float>(stream()), expected);
  });
}

TEST_CASE("pixels: every variant equals the reference bit for bit") {
  struct Case {
    int n, h, w, c;
  };
  const std::vector<Case> cases =
      kSmallShapesOnly
          ? std::vector<Case>{{3, 5, 4, 3}}
          : std::vector<Case>{{1, 1, 1, 1},   {2, 1, 3, 2},    {3, 5, 4, 3},    {7, 31, 33, 1},
                              {5, 32, 64, 3}, {2, 127, 65, 4}, {1, 257, 63, 3}, {70001, 2, 2, 1}};
  constexpr int images = 5;
  each_variant(pixels_variants(), [&](const auto& run) {
    bool ran = false;
    for (const auto [n, h, w, c] : cases) {
      CAPTURE(n);
      CAPTURE(h);
      CAPTURE(w);
      CAPTURE(c);
      std::vector<std::uint8_t> x(static_cast<std::size_t>(images) * h * w);
      for (std::size_t i = 0; i < x.size(); ++i)
        x[i] = static_cast<std::uint8_t>(random_below({3, 1}, i, 256));
      std::vector<std::int32_t> index(static_cast<std::size_t>(n));
      for (std::size_t i = 0; i < index.size(); ++i)
        index[i] = static_cast<std::int32_t>(random_below({3, 2}, i, images));
      std::vector<float> expected(static_cast<std::size_t>(n) * h * w * c);
      pixels_reference({x.data(), index.data(), expected.data(), n, h, w, c});
      const Tensor dx = Tensor::from_host(stream(), {images, h, w}, x);
      const Tensor dindex = Tensor::from_host(stream(), {n}, index);
      const Tensor y = Tensor::empty(stream(), {n, h, w, c});
      if (!run({dx.data<std::uint8_t>(), dindex.data<std::int32_t>(), y.data<float>(), n, h, w, c}))
        continue;
      ran = true;
      CHECK_SAME_BITS(y.to_host<float>(stream()), expected);
    }
    CHECK(ran);
  });
}

TEST_CASE("pixels: the reference maps 0 … 255 to 0 … 1") {
  std::vector<std::uint8_t> x(256);
  std::iota(x.begin(), x.end(), std::uint8_t{0});
  const std::int32_t index = 0;
  std::vector<float> y(512);
  pixels_reference({x.data(), &index, y.data(), 1, 16, 16, 2});
  for (std::size_t i = 0; i < 512; ++i) CHECK_EQ(y[i], static_cast<float>(i / 2) / 255.0f);
}

TEST_CASE("elementwise: empty and oversized arrays are errors") {
  CHECK_THROWS_WITH_AS(add(stream(), {}), "add: count must be at least 1, got 0", Error);
  CHECK_THROWS_WITH_AS(pixels(stream(), {nullptr, nullptr, nullptr, 1, 2, 0, 3}),
                       "pixels: every extent must be at least 1, got (1, 2, 0, 3)", Error);
  CHECK_THROWS_WITH_AS(pixels(stream(), {nullptr, nullptr, nullptr, 1, 65536, 65536, 3}),
                       "pixels: an image may have 2147483647 values, got 65536×65536×3", Error);
}
