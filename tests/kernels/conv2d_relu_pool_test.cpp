#include "kernels/conv2d/relu_pool/conv2d_relu_pool.h"

#include "kernels/mask/mask.h"
#include "tests/kernels/conv2d_cases.h"
#include "tests/kernels/each_variant.h"
#include "tests/kernels/masked_cases.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

std::size_t output_count(const Conv2dReluPoolArgs& a) {
  return std::size_t(a.shape.n) * a.pooled_p() * a.pooled_q() * a.shape.k;
}

// Calls f(args on the host, the variant's result) for each variant; the input is x, or masked.
template <class F>
void for_results(const Conv2dShape& shape, int pool, const std::vector<float>& x,
                 const MaskedCase* masked, const std::vector<float>& w,
                 const std::vector<float>& bias, const F& f) {
  const Tensor device_x = upload(x), device_w = upload(w), device_bias = upload(bias);
  Conv2dReluPoolArgs host{shape, masked ? nullptr : x.data(), {}, w.data(), bias.data(), nullptr,
                          pool};
  if (masked) host.masked = masked->on_host;
  std::vector<float> expected(output_count(host));
  host.y = expected.data();
  conv2d_relu_pool_reference(host);
  each_variant(conv2d_relu_pool_variants(), [&](const auto& run) {
    const Tensor y = result(expected.size());
    Conv2dReluPoolArgs args{shape,
                            masked ? nullptr : device_x.data<float>(),
                            {},
                            device_w.data<float>(),
                            device_bias.data<float>(),
                            y.data<float>(),
                            pool};
    if (masked) args.masked = masked->on_device;
    if (run(args)) f(expected, y.to_host<float>(stream()));
  });
}

bool pools(const Conv2dShape& shape, int pool) { return shape.p() >= pool && shape.q() >= pool; }

}  // namespace

TEST_CASE("conv2d_relu_pool: integers equal the reference bit for bit") {
  for (const Conv2dShape& shape : conv2d_cases_of_one_group())
    for (const int pool : {1, 2, 3}) {
      if (!pools(shape, pool)) continue;
      CAPTURE(to_string(shape));
      CAPTURE(pool);
      const Conv2dCounts count(shape);
      for_results(shape, pool, random_integers(count.x, 1), nullptr, random_integers(count.w, 2),
                  random_integers(count.k, 3),
                  [](const auto& expected, const auto& y) { CHECK_SAME_BITS(y, expected); });
    }
}

TEST_CASE("conv2d_relu_pool: real values equal the reference within rounding") {
  for (const Conv2dShape& shape : conv2d_cases_of_one_group()) {
    if (!pools(shape, 2)) continue;
    CAPTURE(to_string(shape));
    const Conv2dCounts count(shape);
    for_results(shape, 2, random_values(count.x, 1), nullptr, random_values(count.w, 2),
                random_values(count.k, 3), [&](const auto& expected, const auto& y) {
                  CHECK_CLOSE(y, expected, conv2d_tolerance(shape.taps() + 1), 0);
                });
  }
}

TEST_CASE("conv2d_relu_pool: masks are read as the masked images would be") {
  std::vector<Conv2dShape> shapes = {{7, 19, 21, 1, 16, 5, 5},
                                     {5, 20, 37, 3, 14, 5, 5},
                                     {6, 9, 8, 5, 17, 3, 3, 1, 1, 1, 1},
                                     {4, 13, 12, 3, 6, 3, 2, 2, 3, 1, 0, 2, 1}};
  if (kSmallShapesOnly) shapes.resize(1);
  for (const Conv2dShape& shape : shapes)
    for (const int images : {1, 2}) {
      CAPTURE(to_string(shape));
      CAPTURE(images);
      const MaskedCase masked(images, shape.n, shape.h, shape.w, shape.c, 40, true);
      const MaskedCase real(images, shape.n, shape.h, shape.w, shape.c, 40, false);
      const Conv2dCounts count(shape);
      const auto w = random_integers(count.w, 2), bias = random_integers(count.k, 3);
      for_results(shape, 2, {0}, &masked, w, bias,
                  [](const auto& expected, const auto& y) { CHECK_SAME_BITS(y, expected); });

      // The same variant on the images written out: equal bits on real values too.
      const auto real_w = random_values(count.w, 2), real_bias = random_values(count.k, 3);
      const Tensor written = result(count.x);
      mask_images(stream(),
                  {real.on_device, written.data<float>(), shape.n, shape.h, shape.w, shape.c});
      std::vector<std::vector<float>> from_images, from_masks;
      for_results(shape, 2, written.to_host<float>(stream()), nullptr, real_w, real_bias,
                  [&](const auto&, const auto& y) { from_images.push_back(y); });
      for_results(shape, 2, {0}, &real, real_w, real_bias,
                  [&](const auto&, const auto& y) { from_masks.push_back(y); });
      REQUIRE(from_images.size() == from_masks.size());
      for (std::size_t v = 0; v < from_masks.size(); ++v)
        CHECK_SAME_BITS(from_masks[v], from_images[v]);
    }
}

TEST_CASE("conv2d_relu_pool: an image's result does not depend on its batch") {
  const Conv2dShape batch{kSmallShapesOnly ? 2 : 37, 9, 7, 3, 16, 3, 3, 1, 1, 1, 1};
  Conv2dShape single = batch;
  single.n = 1;
  const Conv2dCounts count(batch), one(single);
  const auto x = random_values(count.x, 4), w = random_values(count.w, 5);
  const auto bias = random_values(count.k, 6);
  std::vector<std::vector<float>> all, last;
  for_results(batch, 2, x, nullptr, w, bias, [&](const auto&, const auto& y) { all.push_back(y); });
  for_results(single, 2, {x.end() - static_cast<std::ptrdiff_t>(one.x), x.end()}, nullptr, w, bias,
              [&](const auto&, const auto& y) { last.push_back(y); });
  for (std::size_t v = 0; v < all.size(); ++v)
    CHECK_SAME_BITS(last[v],
                    std::vector<float>(all[v].end() - static_cast<std::ptrdiff_t>(last[v].size()),
                                       all[v].end()));
}

TEST_CASE("conv2d_relu_pool: a NaN stays to be seen") {
  const Conv2dShape shape{1, 6, 6, 1, 3, 3, 3};
  std::vector<float> x(36, 1.0f);
  x[7] = std::nanf("");
  for_results(shape, 2, x, nullptr, std::vector<float>(27, 1.0f), std::vector<float>(3, 0.0f),
              [](const auto&, const auto& y) {
                CHECK(std::isnan(y.front()));
                CHECK(y.back() == 9.0f);
              });
}

TEST_CASE("conv2d_relu_pool: arguments outside their range are refused") {
  const auto run = [](int pool, const float* x) {
    conv2d_relu_pool(stream(), {{1, 6, 6, 1, 3, 3, 3}, x, {}, nullptr, nullptr, nullptr, pool});
  };
  const float x = 0;
  CHECK_THROWS_WITH_AS(run(5, &x), doctest::Contains("a pooling window of 5 does not fit the 4x4"),
                       Error);
  CHECK_THROWS_WITH_AS(run(0, &x), doctest::Contains("a pooling window of 0"), Error);
  CHECK_THROWS_WITH_AS(run(2, nullptr), doctest::Contains("either x or masks"), Error);
}
