#include "kernels/mask/mask.h"

#include "tests/kernels/each_variant.h"
#include "tests/kernels/masked_cases.h"
#include "tests/support/compare.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

struct Case {
  int images, n, h, w, c, superpixels;
};

std::vector<Case> cases() {
  if (kSmallShapesOnly) return {{1, 9, 5, 7, 2, 33}};
  return {{1, 1, 1, 1, 1, 1},      {1, 3, 5, 7, 1, 2},    {1, 8, 4, 4, 3, 31},
          {1, 17, 9, 33, 3, 32},   {2, 9, 16, 16, 1, 33}, {3, 7, 5, 65, 4, 64},
          {1, 65, 3, 127, 2, 1024}};
}

}  // namespace

TEST_CASE("mask_images: every byte is the image's or the fill's") {
  for (const Case& k : cases()) {
    CAPTURE(k.n);
    CAPTURE(k.superpixels);
    const MaskedCase masked(k.images, k.n, k.h, k.w, k.c, k.superpixels, false);
    std::vector<float> expected(std::size_t(k.n) * k.h * k.w * k.c);
    mask_images_reference({masked.on_host, expected.data(), k.n, k.h, k.w, k.c});
    each_variant(mask_images_variants(), [&](const auto& run) {
      const Tensor y = Tensor::empty(stream(), {static_cast<std::int64_t>(expected.size())});
      if (run(MaskImagesArgs{masked.on_device, y.data<float>(), k.n, k.h, k.w, k.c}))
        CHECK_SAME_BITS(y.to_host<float>(stream()), expected);
    });
  }
}

TEST_CASE("mask_images: more masks than one launch takes") {
  if (kSmallShapesOnly || device() == DeviceKind::cpu) return;
  const int n = 8 * 65535 + 5;
  const MaskedCase masked(1, n, 1, 1, 1, 1, true);
  std::vector<float> expected(n);
  mask_images_reference({masked.on_host, expected.data(), n, 1, 1, 1});
  const Tensor y = Tensor::empty(stream(), {n});
  mask_images(stream(), {masked.on_device, y.data<float>(), n, 1, 1, 1});
  CHECK_SAME_BITS(y.to_host<float>(stream()), expected);
}

TEST_CASE("mask_images: arguments outside their range") {
  CHECK_THROWS_WITH_AS(mask_images(stream(), {{}, nullptr, 1, 2, 2, 1}),
                       doctest::Contains("words=0"), Error);
  MaskedImage one;
  one.words = 1;
  CHECK_THROWS_WITH_AS(mask_images(stream(), {one, nullptr, 1, 1 << 16, 1 << 14, 3}),
                       doctest::Contains("more than 2^31 - 1 values"), Error);
}
