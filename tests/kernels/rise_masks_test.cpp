#include "kernels/mask/rise_masks.h"

#include <algorithm>
#include <cmath>

#include "runtime/tensor.h"
#include "tests/kernels/each_variant.h"
#include "tests/support/compare.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

RiseMasksArgs args_of(int n, int h, int w, int grid, float probability, std::int64_t first = 0) {
  return {nullptr, n, h, w, grid, probability, {5, 3}, first};
}

template <class Check>
void for_variants(RiseMasksArgs a, const Check& check) {
  each_variant(rise_masks_variants(), [&](const auto& run) {
    const Tensor mask = Tensor::empty(stream(), {a.n, a.h, a.w});
    a.mask = mask.data<float>();
    REQUIRE(run(a));
    check(mask.to_host<float>(stream()));
  });
}

}  // namespace

TEST_CASE("rise_masks: every variant equals the reference") {
  const std::vector<RiseMasksArgs> cases =
      kSmallShapesOnly
          ? std::vector{args_of(2, 9, 11, 3, 0.5f)}
          : std::vector{args_of(1, 1, 1, 1, 0.5f),     args_of(3, 7, 5, 2, 0.5f),
                        args_of(2, 31, 33, 7, 0.3f),   args_of(2, 64, 65, 8, 0.5f, 1000000007),
                        args_of(1, 127, 40, 32, 0.9f), args_of(3, 2, 3, 7, 0.5f)};
  for (RiseMasksArgs a : cases) {
    CAPTURE(a.h);
    CAPTURE(a.grid);
    std::vector<float> expected(std::size_t(a.n) * a.h * a.w);
    a.mask = expected.data();
    rise_masks_reference(a);
    // Values in [0, 1]: two mixes and their fractions, 2^-24 each; differences of cells are exact.
    for_variants(a, [&](const auto& mask) { CHECK_CLOSE(mask, expected, 3e-7, 0); });
  }
}

TEST_CASE("rise_masks: a mask depends on its number alone") {
  for_variants(args_of(5, 12, 10, 3, 0.5f), [](const std::vector<float>& five) {
    for_variants(args_of(2, 12, 10, 3, 0.5f, 3), [&](const std::vector<float>& last) {
      CHECK_SAME_BITS(last, std::vector<float>(five.end() - 240, five.end()));
    });
  });
}

TEST_CASE("rise_masks: values between 0 and 1, whose mean is p at every pixel") {
  const int n = kSmallShapesOnly ? 64 : 4000, h = 9, w = 8;
  for (const float p : {0.5f, 0.2f})
    for_variants(args_of(n, h, w, 4, p), [&](const std::vector<float>& mask) {
      const auto [low, high] = std::minmax_element(mask.begin(), mask.end());
      CHECK(*low >= 0);
      CHECK(*high <= 1);
      for (int pixel = 0; pixel < h * w; ++pixel) {
        double sum = 0;
        for (int m = 0; m < n; ++m) sum += mask[std::size_t(m) * h * w + std::size_t(pixel)];
        // Of a cell's value the standard deviation is √(p(1−p)), of a mix of cells at most that: five
        // of the mean's.
        CHECK(std::abs(sum / n - p) <= 5 * std::sqrt(p * (1 - p) / n));
      }
    });
  for_variants(args_of(3, 5, 5, 2, 1),
               [](const std::vector<float>& mask) { CHECK_EQ(mask, std::vector<float>(75, 1)); });
}

TEST_CASE("rise_masks: arguments outside their range") {
  CHECK_THROWS_WITH_AS(rise_masks(stream(), args_of(1, 4, 4, 33, 0.5f)),
                       "rise_masks: 1 to 32 cells a side, got 33", Error);
  CHECK_THROWS_AS(rise_masks(stream(), args_of(1, 4, 4, 3, 0)), Error);
  CHECK_THROWS_AS(rise_masks(stream(), args_of(0, 4, 4, 3, 0.5f)), Error);
  CHECK_THROWS_AS(rise_masks(stream(), args_of(1, 1 << 16, 1 << 16, 3, 0.5f)), Error);
}
