#include "kernels/mask/expand_patterns.h"

#include <cmath>

#include "tests/kernels/each_variant.h"
#include "tests/kernels/pattern_cases.h"
#include "tests/support/compare.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

struct Case {
  int n, h, w, c, pool;
};

constexpr int kRows = 23, kFirst = 2;

std::vector<Case> cases() {
  if (kSmallShapesOnly) return {{3, 5, 7, 2, 2}, {2, 3, 3, 3, 1}};
  return {{1, 1, 1, 1, 1},  {3, 5, 7, 16, 1}, {9, 4, 4, 3, 2},   {17, 9, 33, 14, 2},
          {5, 7, 8, 31, 3}, {33, 2, 2, 8, 2}, {2, 63, 65, 2, 1}, {4, 6, 127, 5, 6}};
}

}  // namespace

TEST_CASE("expand_patterns: every value is its pattern's, or the window's largest") {
  for (const Case& k : cases()) {
    CAPTURE(k.n);
    CAPTURE(k.c);
    CAPTURE(k.pool);
    const PatternCase patterns(k.h * k.w, kFirst + k.n, kRows);
    auto x = random_values(std::size_t(kRows) * k.c, 5);
    x[x.size() / 2] = std::nanf("");
    std::vector<float> expected(std::size_t(k.n) * (k.h / k.pool) * (k.w / k.pool) * k.c);
    expand_patterns_reference(
        {x.data(), patterns.on_host, expected.data(), kFirst, k.n, k.h, k.w, k.c, k.pool});
    const Tensor device_x = Tensor::from_host(stream(), {kRows, k.c}, x);
    each_variant(expand_patterns_variants(), [&](const auto& run) {
      const Tensor y = Tensor::empty(stream(), {static_cast<std::int64_t>(expected.size())});
      if (run(ExpandPatternsArgs{device_x.data<float>(), patterns.on_device, y.data<float>(),
                                 kFirst, k.n, k.h, k.w, k.c, k.pool}))
        CHECK_SAME_BITS(y.to_host<float>(stream()), expected);
    });
  }
}

TEST_CASE("expand_patterns: arguments outside their range") {
  const auto refused = [](const ExpandPatternsArgs& args, const char* why) {
    CHECK_THROWS_WITH_AS(expand_patterns(stream(), args), doctest::Contains(why), Error);
  };
  refused({nullptr, {}, nullptr, 0, 0, 2, 2, 1}, "n=0");
  refused({nullptr, {}, nullptr, 0, 1, 2, 3, 1, 3}, "a pooling window of 3 does not fit 2x3");
  refused({nullptr, {}, nullptr, 0, 1, 1 << 16, 1 << 14, 3}, "more than 2^31 - 1 values");
}
