#include "kernels/dropout/dropout.h"

#include <algorithm>

#include "runtime/tensor.h"
#include "tests/kernels/each_variant.h"
#include "tests/support/compare.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

constexpr RandomKey kKey{123456789012345, 0x100000007};

std::vector<std::int64_t> counts() {
  if (kSmallShapesOnly) return {1027};
  return {1, 2, 3, 31, 32, 33, 63, 64, 65, 127, 257, 100003};
}

}  // namespace

TEST_CASE("dropout: every variant equals the reference") {
  each_variant(dropout_variants(), [](const auto& run) {
    for (const std::int64_t count : counts())
      for (const float rate : {0.0f, 0.1f, 0.5f, 0.75f, 0.9f}) {
        CAPTURE(count);
        CAPTURE(rate);
        const auto x = random_integers(static_cast<std::size_t>(count), 1);
        const Tensor device_x = Tensor::from_host(stream(), {count}, x);
        const Tensor y = Tensor::empty(stream(), {count});
        std::vector<float> expected(x.size());
        dropout_reference(x.data(), expected.data(), count, rate, kKey);
        REQUIRE(run({device_x.data<float>(), y.data<float>(), count, rate, kKey}));
        // The scale and the product are rounded once each: 2 · 2^-24. Powers of two are exact.
        const bool exact = rate == 0.0f || rate == 0.5f || rate == 0.75f;
        CHECK_CLOSE(y.to_host<float>(stream()), expected, 0, exact ? 0 : 1.2e-7);
        // In place, as the layer may call it.
        REQUIRE(run({device_x.data<float>(), device_x.data<float>(), count, rate, kKey}));
        CHECK_SAME_BITS(device_x.to_host<float>(stream()), y.to_host<float>(stream()));
      }
  });
}

TEST_CASE("dropout: every device and variant gives the bits of the cpu loop") {
  const std::int64_t count = kSmallShapesOnly ? 63 : 4099;
  const auto x = random_values(static_cast<std::size_t>(count), 2);
  std::vector<float> expected(x.size());
  Stream host(DeviceKind::cpu);
  cpu::dropout(host, {x.data(), expected.data(), count, 0.3f, kKey});
  each_variant(dropout_variants(), [&](const auto& run) {
    const Tensor device_x = Tensor::from_host(stream(), {count}, x);
    const Tensor y = Tensor::empty(stream(), {count});
    REQUIRE(run({device_x.data<float>(), y.data<float>(), count, 0.3f, kKey}));
    CHECK_SAME_BITS(y.to_host<float>(stream()), expected);
  });
}

TEST_CASE("dropout: drops the asked share, another part for another key") {
  const std::int64_t count = 100000;
  const std::vector<float> ones(count, 1.0f);
  const Tensor x = Tensor::from_host(stream(), {count}, ones);
  const Tensor y = Tensor::empty(stream(), {count});
  const auto mask = [&](RandomKey key) {
    dropout(stream(), {x.data<float>(), y.data<float>(), count, 0.25f, key});
    return y.to_host<float>(stream());
  };
  const auto first = mask({1, 1}), other_seed = mask({2, 1}), other_stream = mask({1, 2});
  // Five standard deviations of a binomial share: 5·√(0.25·0.75 / 100000) = 0.0068.
  const auto dropped = static_cast<double>(std::count(first.begin(), first.end(), 0.0f)) / count;
  CHECK(std::abs(dropped - 0.25) < 0.007);
  CHECK(first != other_seed);
  CHECK(first != other_stream);
  CHECK(first == mask({1, 1}));
}

TEST_CASE("dropout: a rate outside [0, 1) is an error") {
  float value = 0;
  CHECK_THROWS_WITH_AS(dropout(stream(), {&value, &value, 1, 1.0f, kKey}),
                       "dropout: the rate must be in [0, 1), got 1", Error);
  CHECK_THROWS_AS(dropout(stream(), {&value, &value, 1, -0.1f, kKey}), Error);
  CHECK_THROWS_AS(dropout(stream(), {&value, &value, 1, std::nanf(""), kKey}), Error);
  CHECK_THROWS_AS(dropout(stream(), {&value, &value, 0, 0.5f, kKey}), Error);
}
