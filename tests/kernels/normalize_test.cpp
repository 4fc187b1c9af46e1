#include "kernels/normalize/normalize.h"

#include "runtime/tensor.h"
#include "tests/kernels/each_variant.h"
#include "tests/support/compare.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

struct Case {
  int rows;
  std::int64_t cols;
};

std::vector<Case> cases() {
  if (kSmallShapesOnly) return {{2, 300}};
  return {{1, 1},   {3, 2},  {2, 3},     {31, 31}, {33, 32},   {5, 33},  {64, 63},
          {63, 64}, {2, 65}, {127, 127}, {3, 257}, {1, 50176}, {1001, 2}};
}

}  // namespace

TEST_CASE("normalize_min_max: every variant equals the reference") {
  each_variant(normalize_min_max_variants(), [](const auto& run) {
    for (const auto [rows, cols] : cases())
      for (const bool integers : {true, false}) {
        CAPTURE(rows);
        CAPTURE(cols);
        CAPTURE(integers);
        const auto size = static_cast<std::size_t>(rows * cols);
        const auto x = integers ? random_integers(size, 1) : random_values(size, 2, -3, 5);
        std::vector<float> expected(x.size());
        normalize_min_max_reference(x.data(), expected.data(), rows, cols);
        const Tensor dx = Tensor::from_host(stream(), {rows, cols}, x);
        const Tensor y = Tensor::empty(stream(), {rows, cols});
        REQUIRE(run({dx.data<float>(), y.data<float>(), rows, cols}));
        const auto actual = y.to_host<float>(stream());
        // Integers: both differences are exact, so the quotient is rounded once. Real values: the
        // two differences and the quotient, 2^-24 each.
        if (integers) CHECK_SAME_BITS(actual, expected);
        else CHECK_CLOSE(actual, expected, 0, 1.8e-7);
        REQUIRE(run({dx.data<float>(), dx.data<float>(), rows, cols}));  // in place
        CHECK_SAME_BITS(dx.to_host<float>(stream()), actual);
      }
  });
}

TEST_CASE("normalize_min_max: a constant row gives 0, others span 0 to 1") {
  each_variant(normalize_min_max_variants(), [](const auto& run) {
    const Tensor x = Tensor::from_host(stream(), {3, 3},
                                       std::vector<float>{4, 4, 4, -1, 1, 0, 0, 1e-30f, 2e-30f});
    const Tensor y = Tensor::empty(stream(), {3, 3});
    REQUIRE(run({x.data<float>(), y.data<float>(), 3, 3}));
    CHECK_EQ(y.to_host<float>(stream()), std::vector<float>{0, 0, 0, 0, 1, .5f, 0, .5f, 1});
  });
}

TEST_CASE("normalize_min_max: what is added to the range") {
  each_variant(normalize_min_max_variants(), [](const auto& run) {
    const std::vector<float> values = {1, 4, 2.5f, 7, 7, 7};
    std::vector<float> expected(values.size());
    normalize_min_max_reference(values.data(), expected.data(), 2, 3, 1);
    CHECK_EQ(expected, std::vector<float>{0, .75f, .375f, 0, 0, 0});
    const Tensor x = Tensor::from_host(stream(), {2, 3}, values);
    REQUIRE(run({x.data<float>(), x.data<float>(), 2, 3, 1}));
    CHECK_SAME_BITS(x.to_host<float>(stream()), expected);
  });
  CHECK_THROWS_AS(normalize_min_max(stream(), {nullptr, nullptr, 1, 1, -1}), Error);
}

TEST_CASE("normalize_min_max: empty rows are an error") {
  CHECK_THROWS_WITH_AS(normalize_min_max(stream(), {nullptr, nullptr, 2, 0}),
                       "normalize_min_max: rows and cols must be at least 1, got 2 and 0", Error);
}
