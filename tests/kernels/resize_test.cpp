#include "kernels/resize/resize.h"

#include "runtime/tensor.h"
#include "tests/kernels/each_variant.h"
#include "tests/support/compare.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

struct Case {
  int n, h, w, c, p, q;
  bool align_corners = false;
};

std::vector<Case> cases() {
  if (kSmallShapesOnly) return {{2, 5, 7, 2, 9, 6}};
  return {{1, 1, 1, 1, 1, 1},       {2, 1, 1, 3, 5, 4},   {1, 2, 3, 1, 4, 8},
          {3, 31, 33, 2, 32, 31},   {1, 65, 63, 1, 7, 5}, {2, 14, 14, 1, 224, 224},
          {1, 127, 257, 3, 64, 65}, {2, 3, 2, 64, 2, 3},  {70001, 1, 2, 1, 1, 4}};
}

std::vector<float> resized(const std::vector<float>& x, const Case& k) {
  std::vector<float> y(static_cast<std::size_t>(k.n) * k.p * k.q * k.c);
  resize_bilinear_reference(x.data(), y.data(), k.n, k.h, k.w, k.c, k.p, k.q, k.align_corners);
  return y;
}

// Calls check(actual) for every variant that takes the case, and sees that one did.
template <class Check>
void for_variants(const std::vector<float>& x, const Case& k, const Check& check) {
  bool any = false;
  each_variant(resize_bilinear_variants(), [&](const auto& run) {
    const Tensor dx = Tensor::from_host(stream(), {k.n, k.h, k.w, k.c}, x);
    const Tensor y = Tensor::empty(stream(), {k.n, k.p, k.q, k.c});
    if (!run({dx.data<float>(), y.data<float>(), k.n, k.h, k.w, k.c, k.p, k.q, k.align_corners}))
      return;
    any = true;
    check(y.to_host<float>(stream()));
  });
  CHECK(any);
}

}  // namespace

TEST_CASE("resize_bilinear: every variant equals the reference") {
  for (Case k : cases())
    for (const bool align_corners : {false, true}) {
      k.align_corners = align_corners;
      CAPTURE(align_corners);
      CAPTURE(k.n);
      CAPTURE(k.h);
      CAPTURE(k.w);
      CAPTURE(k.c);
      CAPTURE(k.p);
      CAPTURE(k.q);
      const auto x = random_values(static_cast<std::size_t>(k.n) * k.h * k.w * k.c, 1);
      const auto expected = resized(x, k);
      // Values in [−1, 1): differences of up to 2, each fraction, difference and multiply-add off by
      // 2^-24.
      for_variants(x, k, [&](const auto& y) { CHECK_CLOSE(y, expected, 6e-7, 0); });
    }
}

TEST_CASE("resize_bilinear: enlarging integers 16 times is exact") {
  const Case k{1, 14, 14, 1, 224, 224};
  const auto x = random_integers(14 * 14, 2);
  const auto expected = resized(x, k);
  for_variants(x, k, [&](const auto& y) { CHECK_SAME_BITS(y, expected); });
}

TEST_CASE("resize_bilinear: half-pixel centres and clamped edges") {
  for_variants({0, 1}, {1, 1, 2, 1, 1, 4}, [](const auto& y) {
    CHECK_EQ(y, std::vector<float>{0, .25f, .75f, 1});
  });
  for_variants({0, 1, 2, 3}, {1, 1, 4, 1, 1, 2}, [](const auto& y) {
    CHECK_EQ(y, std::vector<float>{.5f, 2.5f});
  });
}

TEST_CASE("resize_bilinear: aligned corners keep the corners") {
  for_variants({0, 3}, {1, 1, 2, 1, 1, 4, true}, [](const auto& y) {
    CHECK_EQ(y, std::vector<float>{0, 1, 2, 3});
  });
  for_variants({0, 1, 2, 3, 4}, {1, 1, 5, 1, 1, 3, true}, [](const auto& y) {
    CHECK_EQ(y, std::vector<float>{0, 2, 4});
  });
  for_variants({5, 6}, {1, 1, 2, 1, 1, 1, true},
               [](const auto& y) { CHECK_EQ(y, std::vector<float>{5}); });
}

TEST_CASE("resize_bilinear: the same size is the identity, a constant stays constant") {
  const auto x = random_values(5 * 7 * 4, 3);
  for_variants(x, {1, 5, 7, 4, 5, 7}, [&](const auto& y) { CHECK_SAME_BITS(y, x); });
  const std::vector<float> constant(3 * 3, 0.1f);
  for_variants(constant, {1, 3, 3, 1, 11, 8},
               [&](const auto& y) { CHECK_SAME_BITS(y, std::vector<float>(11 * 8, 0.1f)); });
}

TEST_CASE("resize_bilinear: extents out of range are errors") {
  CHECK_THROWS_WITH_AS(resize_bilinear(stream(), {nullptr, nullptr, 1, 2, 3, 0, 5, 6}),
                       "resize_bilinear: every extent must be at least 1, got (1, 2, 3, 0) to 5×6",
                       Error);
  CHECK_THROWS_AS(resize_bilinear(stream(), {nullptr, nullptr, 1, 40000, 1, 1, 40000, 1}), Error);
  CHECK_THROWS_AS(resize_bilinear(stream(), {nullptr, nullptr, 1, 1, 1, 1 << 20, 1, 1 << 20}),
                  Error);
}
