#include "tests/kernels/conv2d_cases.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

using Variants = Variant<Conv2dWgradArgs>;

struct Gradient {
  std::vector<float> dw, dbias;  // both empty if the variant does not take the arguments
};

Gradient wgrad(const Variants& variant, const Conv2dShape& shape, const std::vector<float>& x,
               const std::vector<float>& dy, bool bias = true, std::size_t offset = 0) {
  const Conv2dCounts count(shape);
  const Placed device_x(x, offset), device_dy(dy, offset), dw(count.w, offset),
      dbias(count.k, offset);
  const Conv2dWgradArgs args{shape, device_x.data(), device_dy.data(), dw.data(),
                             bias ? dbias.data() : nullptr};
  if (!variant.takes(args)) return {};
  variant.on(device())(stream(), args);
  return {dw.to_host(), bias ? dbias.to_host() : std::vector<float>{}};
}

Gradient reference(const Conv2dShape& shape, const std::vector<float>& x,
                   const std::vector<float>& dy) {
  const Conv2dCounts count(shape);
  Gradient gradient{std::vector<float>(count.w), std::vector<float>(count.k)};
  conv2d_wgrad_reference(shape, x.data(), dy.data(), gradient.dw.data(), gradient.dbias.data());
  return gradient;
}

}  // namespace

TEST_CASE("conv2d wgrad: integers equal the reference bit for bit") {
  for (const Conv2dShape& shape : conv2d_cases()) {
    CAPTURE(to_string(shape));
    const Conv2dCounts count(shape);
    const auto x = random_integers(count.x, 1), dy = random_integers(count.y, 2);
    const auto expected = reference(shape, x, dy);
    for (const Variants& variant : variants_on(conv2d_wgrad_variants(), device())) {
      CAPTURE(variant.name);
      for (const std::size_t offset : {0, 1}) {
        CAPTURE(offset);
        const auto actual = wgrad(variant, shape, x, dy, true, offset);
        if (actual.dw.empty()) continue;
        CHECK_SAME_BITS(actual.dw, expected.dw);
        CHECK_SAME_BITS(actual.dbias, expected.dbias);
      }
      const auto actual = wgrad(variant, shape, x, dy, false);
      if (!actual.dw.empty()) CHECK_SAME_BITS(actual.dw, expected.dw);
    }
  }
}

TEST_CASE("conv2d wgrad: real values equal the reference within rounding, twice the same bits") {
  auto cases = conv2d_cases();
  if (!kSmallShapesOnly) cases.push_back({3, 60, 61, 3, 14, 3, 3});  // long sums in several splits
  for (const Conv2dShape& shape : cases) {
    CAPTURE(to_string(shape));
    const Conv2dCounts count(shape);
    const auto x = random_values(count.x, 1), dy = random_values(count.y, 2);
    const auto expected = reference(shape, x, dy);
    const double terms = 1.0 * shape.n * shape.p() * shape.q();
    for (const Variants& variant : variants_on(conv2d_wgrad_variants(), device())) {
      CAPTURE(variant.name);
      const auto actual = wgrad(variant, shape, x, dy);
      if (actual.dw.empty()) continue;
      // A bias sums single values, σ = 1/√3 instead of the products' 1/3.
      CHECK_CLOSE(actual.dw, expected.dw, conv2d_tolerance(terms), 0);
      CHECK_CLOSE(actual.dbias, expected.dbias, 2 * conv2d_tolerance(terms), 0);
      const auto again = wgrad(variant, shape, x, dy);
      CHECK_SAME_BITS(again.dw, actual.dw);
      CHECK_SAME_BITS(again.dbias, actual.dbias);
    }
  }
}

TEST_CASE("conv2d wgrad: more than 65,535 blocks") {
  if (!many_blocks_too()) return;
  const Conv2dShape shape{1, 1, 1, 64 * 65536 + 5, 1, 1, 1};  // one pixel: dw = x·dy, dbias = dy
  auto x = random_integers(Conv2dCounts(shape).x, 7), expected = x;
  for (float& value : expected) value *= 3;
  for (const Variants& variant : variants_on(conv2d_wgrad_variants(), device())) {
    CAPTURE(variant.name);
    const auto actual = wgrad(variant, shape, x, {3});
    if (actual.dw.empty()) continue;
    CHECK_SAME_BITS(actual.dw, expected);
    CHECK_SAME_BITS(actual.dbias, std::vector<float>{3});
  }
}

TEST_CASE("conv2d wgrad: the reference equals finite differences") {
  const Conv2dShape shape{2, 5, 6, 2, 3, 3, 2, 2, 1, 1, 1, 1, 2};
  const Conv2dCounts count(shape);
  const auto x = random_values<double>(count.x, 8), dy = random_values<double>(count.y, 10);
  const auto w = random_values<double>(count.w, 9), bias = random_values<double>(count.k, 11);
  std::vector<double> y(count.y), dw(count.w), dbias(count.k);
  const auto objective = [&](const std::vector<double>& weights, const std::vector<double>& b) {
    conv2d_fprop_reference(shape, x.data(), weights.data(), b.data(), y.data());
    double sum = 0;
    for (std::size_t i = 0; i < y.size(); ++i) sum += y[i] * dy[i];
    return sum;
  };
  conv2d_wgrad_reference(shape, x.data(), dy.data(), dw.data(), dbias.data());
  const auto expected_dw =
      finite_differences(w, [&](const std::vector<double>& at) { return objective(at, bias); });
  const auto expected_dbias =
      finite_differences(bias, [&](const std::vector<double>& at) { return objective(w, at); });
  CHECK(largest_difference(dw, expected_dw) < 1e-8);
  CHECK(largest_difference(dbias, expected_dbias) < 1e-8);
}
