#include "kernels/lrn/lrn.h"

#include "runtime/tensor.h"
#include "tests/kernels/each_variant.h"
#include "tests/support/compare.h"
#include "tests/support/gradcheck.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

std::vector<LrnShape> cases() {
  if (kSmallShapesOnly) return {{5, 35, 5, 0.1f, 0.75f, 1}};
  std::vector<LrnShape> shapes{{70001, 3, 5, 0.3f, 0.75f, 2},
                               {2, 2000, 3, 1e-4f, 0.75f, 1},
                               {3, 1500, 128, 0.5f, 0.5f, 1},
                               {2, 600, 300, 0.5f, -1, 1},
                               {40, 31, 4, 2, 1, 0.5f}};
  for (const int channels : {1, 2, 3, 31, 32, 33, 63, 64, 65, 127, 257})
    for (const int size : {1, 2, 5}) shapes.push_back({7, channels, size, 0.7f, 0.75f, 1});
  return shapes;
}

template <class Check>
void for_cases(const Check& check) {
  for (const LrnShape& s : cases()) {
    CAPTURE(s.rows);
    CAPTURE(s.channels);
    CAPTURE(s.size);
    check(s, static_cast<std::size_t>(s.rows * s.channels));
  }
}

}  // namespace

TEST_CASE("lrn: every variant equals the reference") {
  each_variant(lrn_variants(), [](const auto& run) {
    for_cases([&](const LrnShape& s, std::size_t count) {
      const auto x = random_values(count, 1, -3, 3);
      std::vector<float> expected(count);
      lrn_reference(s, x.data(), expected.data());
      const Tensor tx = Tensor::from_host(stream(), {s.rows, s.channels}, x),
                   y = Tensor::empty(stream(), {s.rows, s.channels});
      // A sum of up to 300 positive terms, each addition off by 6e-8, and a power.
      if (run({s, tx.data<float>(), y.data<float>()}))
        CHECK_CLOSE(y.to_host<float>(stream()), expected, 1e-6, 2e-5);
    });
  });
}

TEST_CASE("lrn backward: every variant equals the reference") {
  each_variant(lrn_backward_variants(), [](const auto& run) {
    for_cases([&](const LrnShape& s, std::size_t count) {
      const auto x = random_values(count, 2, -3, 3), dy = random_values(count, 3);
      std::vector<float> expected(count);
      lrn_backward_reference(s, x.data(), dy.data(), expected.data());
      const Tensor tx = Tensor::from_host(stream(), {s.rows, s.channels}, x),
                   tdy = Tensor::from_host(stream(), {s.rows, s.channels}, dy),
                   dx = Tensor::empty(stream(), {s.rows, s.channels});
      // Of up to 300 terms of random sign below 3·10.
      if (run({s, tx.data<float>(), tdy.data<float>(), dx.data<float>()}))
        CHECK_CLOSE(dx.to_host<float>(stream()), expected, 2e-5, 2e-5);
    });
  });
}

TEST_CASE("lrn reference: gradient equals finite differences, and the sum is ONNX's") {
  // c of size 4: one channel before, two behind.
  const LrnShape even{1, 4, 4, 4, 1, 1};
  const std::vector<double> ones(4, 1.0);
  std::vector<double> y(4);
  lrn_reference(even, ones.data(), y.data());
  CHECK(y == std::vector<double>{1 / 4.0, 1 / 5.0, 1 / 4.0, 1 / 3.0});

  for (const int size : {3, 4}) {
    const LrnShape s{2, 7, size, 0.8f, 0.75f, 1.5f};
    const auto x = random_values<double>(14, 4, -2, 2), dy = random_values<double>(14, 5);
    const auto expected = finite_differences(x, [&](const std::vector<double>& at) {
      std::vector<double> out(14);
      lrn_reference(s, at.data(), out.data());
      double sum = 0;
      for (std::size_t i = 0; i < 14; ++i) sum += out[i] * dy[i];
      return sum;
    });
    std::vector<double> dx(14);
    lrn_backward_reference(s, x.data(), dy.data(), dx.data());
    CHECK(largest_difference(dx, expected) < 1e-8);
  }
}
