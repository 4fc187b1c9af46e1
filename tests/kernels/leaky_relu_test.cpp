#include "kernels/leaky_relu/leaky_relu.h"

#include "runtime/tensor.h"
#include "tests/kernels/each_variant.h"
#include "tests/support/compare.h"
#include "tests/support/gradcheck.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

constexpr float kSlope = 0.1f;

}  // namespace

TEST_CASE("leaky relu: every variant equals the reference bit for bit, forward and backward") {
  std::vector<std::int64_t> counts{1, 2, 3, 31, 32, 33, 63, 64, 65, 127, 257, 4099};
  if (kSmallShapesOnly) counts = {1027};
  else counts.push_back(65536 * 256 + 3);  // over 65,535 blocks of v1
  each_variant(leaky_relu_variants(), [&](const auto& run) {
    for (const std::int64_t count : counts) {
      CAPTURE(count);
      auto x = random_integers(static_cast<std::size_t>(count), 1);
      if (count > 31) std::copy(kDelicate.begin(), kDelicate.end(), x.begin() + 5);
      const auto dy = random_values(x.size(), 3);
      const Tensor device_x = Tensor::from_host(stream(), {count}, x);
      const Tensor device_dy = Tensor::from_host(stream(), {count}, dy);
      const Tensor y = Tensor::empty(stream(), {count});
      std::vector<float> expected(x.size());
      const float *in = device_x.data<float>(), *d = device_dy.data<float>();
      leaky_relu_reference(x.data(), x.data(), expected.data(), count, kSlope);
      REQUIRE(run({in, in, y.data<float>(), count, kSlope}));
      CHECK_SAME_BITS(y.to_host<float>(stream()), expected);
      leaky_relu_reference(x.data(), dy.data(), expected.data(), count, kSlope);
      REQUIRE(run({in, d, device_dy.data<float>(), count, kSlope}));  // in place
      CHECK_SAME_BITS(device_dy.to_host<float>(stream()), expected);
    }
  });
}

TEST_CASE("leaky relu: arrays that are not aligned to 16 bytes") {
  const std::int64_t count = 65;
  const auto x = random_integers(count + 1, 4);
  const Tensor device_x = Tensor::from_host(stream(), {count + 1}, x);
  const Tensor y = Tensor::empty(stream(), {count});
  const float* in = device_x.data<float>() + 1;
  leaky_relu(stream(), {in, in, y.data<float>(), count, kSlope});
  std::vector<float> expected(count);
  leaky_relu_reference(x.data() + 1, x.data() + 1, expected.data(), count, kSlope);
  CHECK_SAME_BITS(y.to_host<float>(stream()), expected);
}

TEST_CASE("leaky relu reference: gradient equals finite differences away from 0") {
  std::vector<double> x{-2, -0.5, 0.25, 3}, y(4), dx(4);
  const std::vector<double> dy{1, 2, 3, 4};
  const auto expected = finite_differences(x, [&](const std::vector<double>& at) {
    leaky_relu_reference(at.data(), at.data(), y.data(), 4, 0.25);
    double sum = 0;
    for (std::size_t i = 0; i < 4; ++i) sum += y[i] * dy[i];
    return sum;
  });
  leaky_relu_reference(x.data(), dy.data(), dx.data(), 4, 0.25);
  CHECK(largest_difference(dx, expected) < 1e-9);
}

TEST_CASE("leaky relu: an empty array is an error") {
  CHECK_THROWS_WITH_AS(leaky_relu(stream(), {nullptr, nullptr, nullptr, 0, 0}),
                       "leaky_relu: count must be at least 1, got 0", Error);
}
