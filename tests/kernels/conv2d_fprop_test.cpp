#include "tests/kernels/conv2d_cases.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

using Variants = Variant<Conv2dFpropArgs>;

// Empty if the variant does not take the arguments.
std::vector<float> fprop(const Variants& variant, const Conv2dShape& shape,
                         const std::vector<float>& x, const std::vector<float>& w,
                         const std::vector<float>& bias, std::size_t offset = 0) {
  const Placed device_x(x, offset), device_w(w, offset), device_bias(bias, offset);
  const Placed y(Conv2dCounts(shape).y, offset);
  const Conv2dFpropArgs args{shape, device_x.data(), device_w.data(),
                             bias.empty() ? nullptr : device_bias.data(), y.data()};
  if (!variant.takes(args)) return {};
  variant.on(device())(stream(), args);
  return y.to_host();
}

std::vector<float> reference(const Conv2dShape& shape, const std::vector<float>& x,
                             const std::vector<float>& w, const std::vector<float>& bias) {
  std::vector<float> y(Conv2dCounts(shape).y);
  conv2d_fprop_reference(shape, x.data(), w.data(), bias.empty() ? nullptr : bias.data(), y.data());
  return y;
}

}  // namespace

TEST_CASE("conv2d fprop: integers equal the reference bit for bit") {
  for (const Conv2dShape& shape : conv2d_cases()) {
    CAPTURE(to_string(shape));
    const Conv2dCounts count(shape);
    const auto x = random_integers(count.x, 1), w = random_integers(count.w, 2);
    const auto bias = random_integers(count.k, 3);
    const auto with_bias = reference(shape, x, w, bias), without = reference(shape, x, w, {});
    for (const Variants& variant : variants_on(conv2d_fprop_variants(), device())) {
      CAPTURE(variant.name);
      for (const std::size_t offset : {0, 1}) {
        CAPTURE(offset);
        const auto y = fprop(variant, shape, x, w, bias, offset);
        if (!y.empty()) CHECK_SAME_BITS(y, with_bias);
      }
      const auto y = fprop(variant, shape, x, w, {});
      if (!y.empty()) CHECK_SAME_BITS(y, without);
    }
  }
}

TEST_CASE("conv2d fprop: real values equal the reference within rounding") {
  for (const Conv2dShape& shape : conv2d_cases()) {
    CAPTURE(to_string(shape));
    const Conv2dCounts count(shape);
    const auto x = random_values(count.x, 1), w = random_values(count.w, 2);
    const auto bias = random_values(count.k, 3);
    const auto expected = reference(shape, x, w, bias);
    for (const Variants& variant : variants_on(conv2d_fprop_variants(), device())) {
      CAPTURE(variant.name);
      const auto y = fprop(variant, shape, x, w, bias);
      if (!y.empty()) CHECK_CLOSE(y, expected, conv2d_tolerance(shape.taps() + 1), 0);
    }
  }
}

TEST_CASE("conv2d fprop: an image's result does not depend on its batch") {
  const int images = kSmallShapesOnly ? 2 : 37;
  for (const auto& [c, k] : {std::pair{16, 14}, {3, 16}, {5, 33}}) {
    const Conv2dShape batch = conv2d_batch_case(images, c, k), single = conv2d_batch_case(1, c, k);
    CAPTURE(to_string(batch));
    const Conv2dCounts count(batch), one(single);
    const auto x = random_values(count.x, 4), w = random_values(count.w, 5);
    const auto bias = random_values(count.k, 6);
    for (const Variants& variant : variants_on(conv2d_fprop_variants(), device())) {
      CAPTURE(variant.name);
      const auto all = fprop(variant, batch, x, w, bias);
      for (const std::size_t image : {0, 1, images / 2, images - 1}) {
        const std::vector<float> alone_x(&x[image * one.x], &x[image * one.x] + one.x);
        const auto alone = fprop(variant, single, alone_x, w, bias);
        if (all.empty() || alone.empty()) continue;
        CAPTURE(image);
        CHECK_SAME_BITS(alone,
                        std::vector<float>(&all[image * one.y], &all[image * one.y] + one.y));
      }
    }
    if (kSmallShapesOnly) break;
  }
}

TEST_CASE("conv2d fprop: more than 65,535 blocks") {
  if (!many_blocks_too()) return;
  // 1×1 filters: y = bias + w·x. Tiles hold at most 256 pixels of any images, or pixels of one
  // image.
  for (const Conv2dShape& shape :
       {Conv2dShape{1, 65536 + 3, 256, 1, 1, 1, 1}, Conv2dShape{65536 + 3, 1, 1, 1, 1, 1, 1}}) {
    CAPTURE(to_string(shape));
    auto x = random_integers(Conv2dCounts(shape).x, 7), expected = x;
    for (float& value : expected) value = 2 + 3 * value;
    for (const Variants& variant : variants_on(conv2d_fprop_variants(), device())) {
      CAPTURE(variant.name);
      const auto y = fprop(variant, shape, x, {3}, {2});
      if (!y.empty()) CHECK_SAME_BITS(y, expected);
    }
  }
}

TEST_CASE("conv2d: arguments outside their range are refused with value and cause") {
  const auto message = [](const Conv2dShape& shape) -> std::string {
    try {
      conv2d_fprop(stream(), {shape, nullptr, nullptr, nullptr, nullptr});
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  const auto says = [&](const Conv2dShape& shape, std::string_view part) {
    CAPTURE(message(shape));
    CHECK(message(shape).find(part) != std::string::npos);
  };
  says({0, 4, 4, 1, 1, 1, 1}, "every extent must be at least 1, got 0");
  says({1, 4, 4, 1, -2, 1, 1}, "every extent must be at least 1, got -2");
  says({1, 4, 4, 1, 1, 1, 1, 0, 1}, "stride must be at least 1, got 0");
  says({1, 4, 4, 1, 1, 1, 1, 1, 1, 0, -1}, "padding must be at least 0, got -1");
  says({1, 4, 4, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1}, "dilation must be at least 1, got 0");
  says({1, 4, 4, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, -1, 0}, "padding must be at least 0, got -1");
  says({1, 4, 4, 6, 4, 1, 1, 1, 1, 0, 0, 1, 1, 3},
       "groups must divide the channels and the filters, got 3 groups of 6 channels and 4 filters");
  says({1, 4, 4, 1, 1, 5, 1}, "the output would be empty: the filter spans 5 pixels of height");
  says({1, 4, 4, 1, 1, 1, 5, 3, 3}, "the filter spans 5 pixels of width, the padded image has 4");
  says({1, 4, 4, 1, 1, 1, 1, 1, 1, 0, 2000000000}, "must stay below 2^30");
  says({1 << 15, 1 << 8, 1 << 8, 1, 1, 1, 1}, "the input would have more than 2^31 - 1 elements");
  says({1, 1, 1, 1 << 16, 1 << 15, 1, 1}, "the weights would have more than 2^31 - 1 elements");
  says({1, 1 << 8, 1 << 8, 1, 1 << 15, 1, 1}, "the output would have more than 2^31 - 1 elements");
  CHECK(Conv2dShape{1, 2, 2, 1, 1, 3, 3, 2, 2}.p() == 0);
}
