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

namespace {

struct PixelsCase {
  int n, h, w, c;
};

// Five images of T with a white each, up to `most`, or with none, which is 255.
template <class T>
void check_pixels(const PixelsCase& k, int most, bool whites_given, const auto& run, bool& ran) {
  constexpr int images = 5;
  std::vector<float> white;
  for (std::uint64_t i = 0; i < images; ++i)
    white.push_back(static_cast<float>(most - static_cast<int>(random_below({3, 3}, i, 200))));
  white[0] = static_cast<float>(most);
  std::vector<T> x(static_cast<std::size_t>(images) * k.h * k.w);
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = static_cast<T>(random_below({3, 1}, i, static_cast<std::uint32_t>(most) + 1));
  std::vector<std::int32_t> index(static_cast<std::size_t>(k.n));
  for (std::size_t i = 0; i < index.size(); ++i)
    index[i] = static_cast<std::int32_t>(random_below({3, 2}, i, images));
  std::vector<float> expected(static_cast<std::size_t>(k.n) * k.h * k.w * k.c);
  const auto args_of = [&k](const T* pixels, const float* whites, const std::int32_t* indices,
                            float* y) {
    PixelsArgs args{nullptr, nullptr, whites, indices, y, k.n, k.h, k.w, k.c};
    if constexpr (sizeof(T) == 1) args.bytes = pixels;
    else args.words = pixels;
    return args;
  };
  pixels_reference(
      args_of(x.data(), whites_given ? white.data() : nullptr, index.data(), expected.data()));
  const Tensor dx = Tensor::from_host(stream(), {images, k.h, k.w}, x);
  const Tensor dwhite = Tensor::from_host(stream(), {images}, white);
  const Tensor dindex = Tensor::from_host(stream(), {k.n}, index);
  const Tensor y = Tensor::empty(stream(), {k.n, k.h, k.w, k.c});
  if (!run(args_of(dx.template data<T>(), whites_given ? dwhite.data<float>() : nullptr,
                   dindex.data<std::int32_t>(), y.data<float>())))
    return;
  ran = true;
  CHECK_SAME_BITS(y.to_host<float>(stream()), expected);
}

}  // namespace

TEST_CASE("pixels: every variant equals the reference bit for bit, of 8 and of 16 bits") {
  const std::vector<PixelsCase> cases =
      kSmallShapesOnly ? std::vector<PixelsCase>{{3, 5, 4, 3}}
                       : std::vector<PixelsCase>{{1, 1, 1, 1},    {2, 1, 3, 2},    {3, 5, 4, 3},
                                                 {7, 31, 33, 1},  {5, 32, 64, 3},  {2, 127, 65, 4},
                                                 {1, 257, 63, 3}, {70001, 2, 2, 1}};
  each_variant(pixels_variants(), [&](const auto& run) {
    bool ran = false;
    for (const PixelsCase& k : cases) {
      CAPTURE(k.n);
      CAPTURE(k.h);
      CAPTURE(k.w);
      CAPTURE(k.c);
      check_pixels<std::uint8_t>(k, 255, false, run, ran);
      check_pixels<std::uint8_t>(k, 255, true, run, ran);
      check_pixels<std::uint16_t>(k, 65535, true, run, ran);
      check_pixels<std::uint16_t>(k, 1000, true, run, ran);
    }
    CHECK(ran);
  });
}

TEST_CASE("pixels: the reference maps 0 … white to 0 … 1, rounded once") {
  std::vector<std::uint16_t> x(65536);
  std::iota(x.begin(), x.end(), std::uint16_t{0});
  const std::int32_t index = 0;
  std::vector<float> y(65536);
  for (const float white : {255.0f, 1000.0f, 4095.0f, 65535.0f}) {
    pixels_reference({nullptr, x.data(), &white, &index, y.data(), 1, 256, 256, 1});
    for (std::size_t i = 0; i < y.size(); ++i)
      if (y[i] != static_cast<float>(i) / white) FAIL("value ", i, " of ", white, ": ", y[i]);
  }
}

TEST_CASE("elementwise: empty and oversized arrays are errors") {
  CHECK_THROWS_WITH_AS(add(stream(), {}), "add: count must be at least 1, got 0", Error);
  const std::uint8_t byte = 0;
  const std::uint16_t word = 0;
  CHECK_THROWS_WITH_AS(pixels(stream(), {&byte, nullptr, nullptr, nullptr, nullptr, 1, 2, 0, 3}),
                       "pixels: every extent must be at least 1, got (1, 2, 0, 3)", Error);
  CHECK_THROWS_WITH_AS(pixels(stream(), {nullptr, nullptr, nullptr, nullptr, nullptr, 1, 1, 1, 1}),
                       "pixels: images of uint8 or of uint16 are expected, got none", Error);
  CHECK_THROWS_WITH_AS(pixels(stream(), {&byte, &word, nullptr, nullptr, nullptr, 1, 1, 1, 1}),
                       "pixels: images of uint8 or of uint16 are expected, got both", Error);
  CHECK_THROWS_WITH_AS(
      pixels(stream(), {&byte, nullptr, nullptr, nullptr, nullptr, 1, 65536, 65536, 3}),
      "pixels: an image may have 2147483647 values, got 65536×65536×3", Error);
}
