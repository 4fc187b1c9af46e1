#include "kernels/activation/activation.h"

#include "runtime/tensor.h"
#include "tests/kernels/each_variant.h"
#include "tests/support/compare.h"
#include "tests/support/gradcheck.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

std::vector<std::int64_t> counts() {
  if (kSmallShapesOnly) return {1027};
  return {1, 2, 3, 31, 32, 33, 63, 64, 65, 127, 257, 4099};
}

}  // namespace

TEST_CASE("relu: every variant equals the reference bit for bit") {
  auto with_large = counts();
  if (!kSmallShapesOnly) with_large.push_back(65536 * 256 + 3);  // over 65,535 blocks of v1
  each_variant(relu_variants(), [&](const auto& run) {
    for (const std::int64_t count : with_large) {
      CAPTURE(count);
      auto x = random_integers(static_cast<std::size_t>(count), 1);
      if (count > 31) std::copy(kDelicate.begin(), kDelicate.end(), x.begin() + 5);
      const Tensor device_x = Tensor::from_host(stream(), {count}, x);
      const Tensor y = Tensor::empty(stream(), {count});
      std::vector<float> expected(x.size());
      relu_reference(x.data(), expected.data(), count);
      REQUIRE(run({device_x.data<float>(), y.data<float>(), count}));
      CHECK_SAME_BITS(y.to_host<float>(stream()), expected);
      REQUIRE(run({device_x.data<float>(), device_x.data<float>(), count}));  // in place
      CHECK_SAME_BITS(device_x.to_host<float>(stream()), expected);
    }
  });
}

TEST_CASE("relu backward: every variant equals the reference bit for bit") {
  each_variant(relu_backward_variants(), [](const auto& run) {
    for (const std::int64_t count : counts()) {
      CAPTURE(count);
      auto y = random_integers(static_cast<std::size_t>(count), 2);
      if (count > 31) std::copy(kDelicate.begin(), kDelicate.end(), y.begin() + 5);
      const auto dy = random_values(y.size(), 3);
      const Tensor device_y = Tensor::from_host(stream(), {count}, y);
      const Tensor device_dy = Tensor::from_host(stream(), {count}, dy);
      std::vector<float> expected(y.size());
      relu_backward_reference(y.data(), dy.data(), expected.data(), count);
      const auto d = device_dy.data<float>();
      REQUIRE(run({device_y.data<float>(), d, d, count}));  // in place
      CHECK_SAME_BITS(device_dy.to_host<float>(stream()), expected);
    }
  });
}

TEST_CASE("relu: arrays that are not aligned to 16 bytes") {
  const std::int64_t count = 65;
  const auto x = random_integers(count + 1, 4);
  const Tensor device_x = Tensor::from_host(stream(), {count + 1}, x);
  const Tensor y = Tensor::empty(stream(), {count});
  relu(stream(), {device_x.data<float>() + 1, y.data<float>(), count});
  std::vector<float> expected(count);
  relu_reference(x.data() + 1, expected.data(), count);
  CHECK_SAME_BITS(y.to_host<float>(stream()), expected);
}

TEST_CASE("relu reference: gradient equals finite differences away from 0") {
  std::vector<double> x{-2, -0.5, 0.25, 3}, y(4), dx(4);
  const std::vector<double> dy{1, 2, 3, 4};
  const auto objective = [&](const std::vector<double>& at) {
    relu_reference(at.data(), y.data(), 4);
    double sum = 0;
    for (std::size_t i = 0; i < 4; ++i) sum += y[i] * dy[i];
    return sum;
  };
  const auto expected = finite_differences(x, objective);
  objective(x);
  relu_backward_reference(y.data(), dy.data(), dx.data(), 4);
  CHECK(largest_difference(dx, expected) < 1e-9);
}

TEST_CASE("relu: an empty array is an error") {
  CHECK_THROWS_WITH_AS(relu(stream(), {nullptr, nullptr, 0}),
                       "relu: count must be at least 1, got 0", Error);
  CHECK_THROWS_WITH_AS(relu_backward(stream(), {nullptr, nullptr, nullptr, -1}),
                       "relu_backward: count must be at least 1, got -1", Error);
}
