#include "tests/kernels/conv2d_cases.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

using Variants = Variant<Conv2dDgradArgs>;

// Empty if the variant does not take the arguments.
std::vector<float> dgrad(const Variants& variant, const Conv2dShape& shape,
                         const std::vector<float>& dy, const std::vector<float>& w,
                         std::size_t offset = 0, const std::vector<float>& bias = {}) {
  const Placed device_dy(dy, offset), device_w(w, offset), dx(Conv2dCounts(shape).x, offset);
  const Placed device_bias(bias, offset);
  const Conv2dDgradArgs args{shape, device_dy.data(), device_w.data(), dx.data(),
                             bias.empty() ? nullptr : device_bias.data()};
  if (!variant.takes(args)) return {};
  variant.on(device())(stream(), args);
  return dx.to_host();
}

std::vector<float> reference(const Conv2dShape& shape, const std::vector<float>& dy,
                             const std::vector<float>& w, const std::vector<float>& bias = {}) {
  std::vector<float> dx(Conv2dCounts(shape).x);
  conv2d_dgrad_reference(shape, dy.data(), w.data(), dx.data(),
                         bias.empty() ? nullptr : bias.data());
  return dx;
}

}  // namespace

TEST_CASE("conv2d dgrad: integers equal the reference bit for bit") {
  for (const Conv2dShape& shape : conv2d_cases()) {
    CAPTURE(to_string(shape));
    const Conv2dCounts count(shape);
    const auto dy = random_integers(count.y, 1), w = random_integers(count.w, 2);
    const auto expected = reference(shape, dy, w);
    for (const Variants& variant : variants_on(conv2d_dgrad_variants(), device())) {
      CAPTURE(variant.name);
      for (const std::size_t offset : {0, 1}) {
        CAPTURE(offset);
        const auto dx = dgrad(variant, shape, dy, w, offset);
        if (!dx.empty()) CHECK_SAME_BITS(dx, expected);
      }
    }
  }
}

TEST_CASE("conv2d dgrad: a transposed convolution's bias is added") {
  for (const Conv2dShape& shape : conv2d_cases()) {
    CAPTURE(to_string(shape));
    const Conv2dCounts count(shape);
    const auto dy = random_integers(count.y, 1), w = random_integers(count.w, 2);
    const auto bias = random_integers(static_cast<std::size_t>(shape.c), 3);
    const auto expected = reference(shape, dy, w, bias);
    int took = 0;
    for (const Variants& variant : variants_on(conv2d_dgrad_variants(), device())) {
      CAPTURE(variant.name);
      const auto dx = dgrad(variant, shape, dy, w, 0, bias);
      if (dx.empty()) continue;
      CHECK_SAME_BITS(dx, expected);
      ++took;
    }
    CHECK(took >= 1);
  }
}

TEST_CASE("conv2d dgrad: real values equal the reference within rounding") {
  for (const Conv2dShape& shape : conv2d_cases()) {
    CAPTURE(to_string(shape));
    const Conv2dCounts count(shape);
    const auto dy = random_values(count.y, 1), w = random_values(count.w, 2);
    const auto expected = reference(shape, dy, w);
    for (const Variants& variant : variants_on(conv2d_dgrad_variants(), device())) {
      CAPTURE(variant.name);
      const auto dx = dgrad(variant, shape, dy, w);
      if (!dx.empty())
        CHECK_CLOSE(dx, expected, conv2d_tolerance(shape.group_k() * shape.r * shape.s), 0);
    }
  }
}

TEST_CASE("conv2d dgrad: an image's result does not depend on its batch") {
  const int images = kSmallShapesOnly ? 2 : 37;
  for (const auto& [c, k] : {std::pair{16, 14}, {16, 16}, {33, 5}}) {
    const Conv2dShape batch = conv2d_batch_case(images, c, k), single = conv2d_batch_case(1, c, k);
    CAPTURE(to_string(batch));
    const Conv2dCounts count(batch), one(single);
    const auto dy = random_values(count.y, 4), w = random_values(count.w, 5);
    for (const Variants& variant : variants_on(conv2d_dgrad_variants(), device())) {
      CAPTURE(variant.name);
      const auto all = dgrad(variant, batch, dy, w);
      for (const std::size_t image : {0, 1, images / 2, images - 1}) {
        const std::vector<float> alone_dy(&dy[image * one.y], &dy[image * one.y] + one.y);
        const auto alone = dgrad(variant, single, alone_dy, w);
        if (all.empty() || alone.empty()) continue;
        CAPTURE(image);
        CHECK_SAME_BITS(alone,
                        std::vector<float>(&all[image * one.x], &all[image * one.x] + one.x));
      }
    }
    if (kSmallShapesOnly) break;
  }
}

TEST_CASE(
    "conv2d dgrad: few channels, whose pixels share panels on the cpu, have the bits of many") {
  for (const int c : {1, 2, 3, 4, 7, 8})
    for (const Conv2dShape& few :
         {Conv2dShape{2, 9, 33, c, 5, 5, 5}, Conv2dShape{1, 7, 24, c, 3, 3, 2, 2, 3, 1, 1}}) {
      CAPTURE(to_string(few));
      Conv2dShape many = few;
      many.c = 16;  // a panel for itself
      const Conv2dCounts count(few);
      const auto dy = random_values(count.y, 4), w = random_values(count.w, 5);
      std::vector<float> wide(Conv2dCounts(many).w);
      for (std::size_t i = 0; i < w.size(); ++i) wide[i / c * 16 + i % c] = w[i];
      for (const Variants& variant : variants_on(conv2d_dgrad_variants(), device())) {
        if (std::string(variant.name) != "conv2d_dgrad_cpu") continue;
        const auto all = dgrad(variant, many, dy, wide), narrow = dgrad(variant, few, dy, w);
        std::vector<float> expected;
        for (std::size_t i = 0; i < narrow.size(); ++i) expected.push_back(all[i / c * 16 + i % c]);
        CHECK_SAME_BITS(narrow, expected);
      }
    }
}

TEST_CASE("conv2d dgrad: more than 65,535 blocks") {
  if (!many_blocks_too()) return;
  const Conv2dShape shape{1, 65536 + 3, 256, 1, 1, 1, 1};  // dx = w·dy; tiles of at most 256 pixels
  auto dy = random_integers(Conv2dCounts(shape).y, 7), expected = dy;
  for (float& value : expected) value *= 3;
  for (const Variants& variant : variants_on(conv2d_dgrad_variants(), device())) {
    CAPTURE(variant.name);
    const auto dx = dgrad(variant, shape, dy, {3});
    if (!dx.empty()) CHECK_SAME_BITS(dx, expected);
  }
}

TEST_CASE("conv2d dgrad: the reference equals finite differences") {
  const Conv2dShape shape{2, 5, 6, 2, 3, 3, 2, 2, 1, 1, 1, 1, 2};
  const Conv2dCounts count(shape);
  const auto x = random_values<double>(count.x, 8), w = random_values<double>(count.w, 9);
  const auto dy = random_values<double>(count.y, 10);
  std::vector<double> y(count.y), dx(count.x);
  const auto expected = finite_differences(x, [&](const std::vector<double>& at) {
    conv2d_fprop_reference<double>(shape, at.data(), w.data(), nullptr, y.data());
    double sum = 0;
    for (std::size_t i = 0; i < y.size(); ++i) sum += y[i] * dy[i];
    return sum;
  });
  conv2d_dgrad_reference(shape, dy.data(), w.data(), dx.data());
  CHECK(largest_difference(dx, expected) < 1e-8);
}
