#include "kernels/optimizer/optimizer.h"

#include "runtime/tensor.h"
#include "tests/kernels/each_variant.h"
#include "tests/support/compare.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

std::vector<std::int64_t> counts() {
  if (kSmallShapesOnly) return {1027};
  return {1, 2, 3, 31, 32, 33, 63, 64, 65, 127, 257, 100003};
}

Tensor upload(const std::vector<float>& values) {
  return Tensor::from_host(stream(), {static_cast<std::int64_t>(values.size())}, values);
}

AdamArray adam_array(const Tensor& w, const Tensor& g, const Tensor& m, const Tensor& v) {
  return {w.data<float>(), g.data<float>(), m.data<float>(), v.data<float>(), w.count()};
}

constexpr float kBeta1 = 0.9f, kBeta2 = 0.999f, kEpsilon = 1e-7f;

}  // namespace

TEST_CASE("adam: every variant equals the reference over three steps") {
  each_variant(adam_variants(), [](const auto& run) {
    for (const std::int64_t count : counts()) {
      CAPTURE(count);
      const auto size = static_cast<std::size_t>(count);
      auto w = random_values(size, 1), m = random_values(size, 2), v = random_values(size, 3, 0, 1);
      const Tensor dw = upload(w), dm = upload(m), dv = upload(v);
      for (std::uint64_t step = 0; step < 3; ++step) {
        const auto g = random_values(size, 10 + step);
        const Tensor dg = upload(g);
        adam_reference(w.data(), g.data(), m.data(), v.data(), count, 0.01f, kBeta1, kBeta2,
                       kEpsilon);
        const AdamArray array = adam_array(dw, dg, dm, dv);
        REQUIRE(run({{&array, 1}, {0.01f, kBeta1, kBeta2, kEpsilon}}));
      }
      // A few roundings a step of values below 1; √v ≥ 0.03 keeps the quotient's error below 100 of
      // them, and the step of 0.01 scales it down again.
      CHECK_CLOSE(dm.to_host<float>(stream()), m, 5e-7, 0);
      CHECK_CLOSE(dv.to_host<float>(stream()), v, 5e-7, 0);
      CHECK_CLOSE(dw.to_host<float>(stream()), w, 1e-6, 1e-6);
    }
  });
}

TEST_CASE("adam: epsilon stands beside the uncorrected root, as in Keras") {
  each_variant(adam_variants(), [](const auto& run) {
    const Tensor w = upload({1}), g = upload({1e-4f}), m = upload({0}), v = upload({0});
    // First step, lr 0.1: Δ = lr·g / (|g| + ε / √(1 − β2)) = 0.1 / 1.0316228; PyTorch's form would
    // give 0.1 / 1.001.
    const double step = 0.1 * std::sqrt(1 - 0.999) / (1 - 0.9);
    const AdamArray array = adam_array(w, g, m, v);
    REQUIRE(run({{&array, 1}, {static_cast<float>(step), kBeta1, kBeta2, kEpsilon}}));
    // fp32's 1 − 0.999f is 1.3e-5 off in v, half of that in its root.
    CHECK_CLOSE(w.to_host<float>(stream()), (std::vector<float>{1 - 0.1f / 1.0316228f}), 2e-6, 0);
  });
}

TEST_CASE("sgd: every variant equals the reference bit for bit on integers") {
  each_variant(sgd_variants(), [](const auto& run) {
    for (const std::int64_t count : counts()) {
      CAPTURE(count);
      const auto size = static_cast<std::size_t>(count);
      auto w = random_integers(size, 1), m = random_integers(size, 2);
      const auto g = random_integers(size, 3);
      const Tensor dw = upload(w), dm = upload(m), dg = upload(g);
      for (int step = 0; step < 3; ++step) {
        sgd_reference(w.data(), g.data(), m.data(), count, 0.25, 0.5);
        REQUIRE(run({dw.data<float>(), dg.data<float>(), dm.data<float>(), count, 0.25f, 0.5f}));
      }
      CHECK_SAME_BITS(dw.to_host<float>(stream()), w);
      CHECK_SAME_BITS(dm.to_host<float>(stream()), m);
    }
  });
}

TEST_CASE("optimizers: every device and variant gives the bits of the cpu loop") {
  const std::int64_t count = kSmallShapesOnly ? 63 : 4099;
  const auto size = static_cast<std::size_t>(count);
  const auto w = random_values(size, 1), m = random_values(size, 2), g = random_values(size, 4);
  const auto v = random_values(size, 3, 0, 1);
  Stream host(DeviceKind::cpu);
  auto host_w = w, host_m = m, host_v = v;
  const AdamArray on_host{host_w.data(), g.data(), host_m.data(), host_v.data(), count};
  cpu::adam(host, {{&on_host, 1}, {0.003f, kBeta1, kBeta2, kEpsilon}});
  each_variant(adam_variants(), [&](const auto& run) {
    const Tensor dw = upload(w), dg = upload(g), dm = upload(m), dv = upload(v);
    const AdamArray array = adam_array(dw, dg, dm, dv);
    REQUIRE(run({{&array, 1}, {0.003f, kBeta1, kBeta2, kEpsilon}}));
    CHECK_SAME_BITS(dw.to_host<float>(stream()), host_w);
    CHECK_SAME_BITS(dm.to_host<float>(stream()), host_m);
    CHECK_SAME_BITS(dv.to_host<float>(stream()), host_v);
  });
  host_w = w, host_m = m;
  cpu::sgd(host, {host_w.data(), g.data(), host_m.data(), count, 0.01f, 0.9f});
  each_variant(sgd_variants(), [&](const auto& run) {
    const Tensor dw = upload(w), dg = upload(g), dm = upload(m);
    REQUIRE(run({dw.data<float>(), dg.data<float>(), dm.data<float>(), count, 0.01f, 0.9f}));
    CHECK_SAME_BITS(dw.to_host<float>(stream()), host_w);
    CHECK_SAME_BITS(dm.to_host<float>(stream()), host_m);
  });
}

TEST_CASE("adam: many arrays at once are each of them alone") {
  // More than a launch's table holds, some of several blocks, some of a part of a thread's four.
  std::vector<Tensor> w, g, m, v, alone;
  std::vector<AdamArray> arrays;
  Stream& s = stream();
  for (int i = 0; i < (kSmallShapesOnly ? 3 : 67); ++i) {
    const std::size_t size = i % 9 == 4 ? 2049 + i : 1 + i % 7;
    w.push_back(upload(random_values(size, 100 + i)));
    g.push_back(upload(random_values(size, 200 + i)));
    m.push_back(upload(random_values(size, 300 + i)));
    v.push_back(upload(random_values(size, 400 + i, 0, 1)));
    alone.push_back(upload(random_values(size, 100 + i)));
    const Tensor m_alone = upload(random_values(size, 300 + i));
    const Tensor v_alone = upload(random_values(size, 400 + i, 0, 1));
    const AdamArray array = adam_array(alone.back(), g.back(), m_alone, v_alone);
    adam(s, {{&array, 1}, {0.003f, kBeta1, kBeta2, kEpsilon}});
    arrays.push_back(adam_array(w.back(), g.back(), m.back(), v.back()));
  }
  adam(s, {arrays, {0.003f, kBeta1, kBeta2, kEpsilon}});
  for (std::size_t i = 0; i < w.size(); ++i)
    CHECK_SAME_BITS(w[i].to_host<float>(s), alone[i].to_host<float>(s));
}

TEST_CASE("optimizers: an empty array is an error") {
  CHECK_THROWS_WITH_AS(adam(stream(), {}), "adam: count must be at least 1, got 0", Error);
  CHECK_THROWS_WITH_AS(sgd(stream(), {}), "sgd: count must be at least 1, got 0", Error);
}
