#include "kernels/mask/weigh_images.h"

#include "runtime/tensor.h"
#include "tests/kernels/each_variant.h"
#include "tests/support/compare.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

struct Case {
  int n, h, w, c;
};

void check(const Case& k) {
  CAPTURE(k.n);
  CAPTURE(k.w);
  CAPTURE(k.c);
  const auto image = random_values(std::size_t(k.h) * k.w * k.c, 1),
             mask = random_values(std::size_t(k.n) * k.h * k.w, 2, 0, 1);
  std::vector<float> expected(mask.size() * std::size_t(k.c));
  weigh_images_reference({image.data(), mask.data(), expected.data(), k.n, k.h, k.w, k.c});
  const Tensor on_device = Tensor::from_host(stream(), {k.h, k.w, k.c}, image),
               masks = Tensor::from_host(stream(), {k.n, k.h, k.w}, mask);
  each_variant(weigh_images_variants(), [&](const auto& run) {
    const Tensor y = Tensor::empty(stream(), {k.n, k.h, k.w, k.c});
    REQUIRE(
        run({on_device.data<float>(), masks.data<float>(), y.data<float>(), k.n, k.h, k.w, k.c}));
    CHECK_SAME_BITS(y.to_host<float>(stream()), expected);  // one product, rounded once
  });
}

}  // namespace

TEST_CASE("weigh_images: every value is the image's times the mask's") {
  if (kSmallShapesOnly) return check({9, 5, 7, 2});
  for (const Case& k : {Case{1, 1, 1, 1}, Case{3, 5, 7, 1}, Case{8, 4, 4, 3}, Case{17, 9, 33, 3},
                        Case{65, 3, 127, 2}, Case{2, 16, 16, 4}})
    check(k);
}

TEST_CASE("weigh_images: more masks than one launch takes") {
  if (kSmallShapesOnly || device() == DeviceKind::cpu) return;
  check({8 * 65535 + 5, 1, 1, 1});
}

TEST_CASE("weigh_images: arguments outside their range") {
  CHECK_THROWS_AS(weigh_images(stream(), {nullptr, nullptr, nullptr, 0, 2, 2, 1}), Error);
  CHECK_THROWS_WITH_AS(weigh_images(stream(), {nullptr, nullptr, nullptr, 1, 1 << 16, 1 << 14, 3}),
                       doctest::Contains("more than 2^31 - 1 values"), Error);
}
