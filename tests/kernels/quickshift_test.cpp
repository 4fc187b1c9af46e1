#include "kernels/superpixel/quickshift.h"

#include <cmath>
#include <limits>

#include "kernels/superpixel/forest.h"
#include "kernels/superpixel/lanes.h"
#include "runtime/tensor.h"
#include "tests/kernels/each_variant.h"
#include "tests/support/compare.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

struct Labels {
  std::vector<std::int32_t> labels;
  std::int32_t count;
};

struct Case {
  int h, w, c;
  double kernel_size, max_dist;
};

std::vector<Case> cases() {
  if (kSmallShapesOnly) return {{10, 35, 1, 1, 4}};
  return {{1, 1, 1, 4, 200}, {1, 7, 1, 1, 200},  {5, 1, 3, 2.5, 200}, {24, 40, 1, 4, 200},
          {24, 40, 1, 4, 3}, {9, 33, 3, 2, 200}, {13, 31, 2, 1.1, 4}, {17, 65, 3, 1, 2.5},
          {9, 32, 1, 4, 0},  {8, 64, 1, 8, 200}};
}

// Waves with a little noise, some 20 high.
std::vector<double> waves(const Case& s) {
  auto x = random_values<double>(static_cast<std::size_t>(s.h * s.w * s.c), 1, 0, 2);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const int p = static_cast<int>(i) / s.c;
    x[i] += 10 * std::sin(0.3 * (p / s.w)) * std::cos(0.2 * (p % s.w));
  }
  return x;
}

std::vector<double> noise_of(const Case& s) {
  auto noise = random_values<double>(static_cast<std::size_t>(s.h * s.w), 2);
  for (double& value : noise) value *= 1e-5;
  return noise;
}

Labels reference(const Case& s, const std::vector<double>& x, const double* noise) {
  Labels result{std::vector<std::int32_t>(static_cast<std::size_t>(s.h * s.w)), 0};
  quickshift_reference({x.data(), noise, s.h, s.w, s.c, s.kernel_size, s.max_dist,
                        result.labels.data(), &result.count});
  return result;
}

// run(args) as each_variant gives it.
template <class Run>
void check(const Run& run, const Case& s, const std::vector<double>& x,
           const std::vector<double>& noise) {
  const Labels expected = reference(s, x, noise.data());
  const Tensor dx = Tensor::from_host(stream(), {s.h, s.w, s.c}, x);
  const Tensor dnoise = Tensor::from_host(stream(), {s.h, s.w}, noise);
  const Tensor labels = Tensor::empty(stream(), {s.h, s.w}, DType::i32);
  const Tensor count = Tensor::empty(stream(), {1}, DType::i32);
  if (!run({dx.data<double>(), dnoise.data<double>(), s.h, s.w, s.c, s.kernel_size, s.max_dist,
            labels.data<std::int32_t>(), count.data<std::int32_t>()}))
    return;
  CHECK_SAME_BITS(labels.to_host<std::int32_t>(stream()), expected.labels);
  CHECK_EQ(count.to_host<std::int32_t>(stream())[0], expected.count);
}

}  // namespace

TEST_CASE("quickshift: every variant gives the reference's labels") {
  each_variant(quickshift_variants(), [](const auto& run) {
    for (const Case& s : cases()) {
      CAPTURE(s.h);
      CAPTURE(s.w);
      CAPTURE(s.c);
      CAPTURE(s.kernel_size);
      check(run, s, waves(s), noise_of(s));
    }
  });
}

TEST_CASE("quickshift: in a constant image the noise decides, and ties in distance go by order") {
  const Case s = kSmallShapesOnly ? Case{8, 34, 1, 1, 200} : Case{24, 40, 1, 2, 200};
  const std::vector<double> x(static_cast<std::size_t>(s.h * s.w), 3.5);
  each_variant(quickshift_variants(), [&](const auto& run) { check(run, s, x, noise_of(s)); });
  const Labels labels = reference(s, x, noise_of(s).data());
  CHECK(labels.count > 1);
  CHECK(labels.count < s.h * s.w / 4);
}

TEST_CASE("quickshift: a hand-made picture") {
  // Two flat halves 50 apart, denser in their middles; a third of the way nobody crosses the step.
  const int h = 6, w = 12;
  std::vector<double> x(h * w), noise(h * w, 0);
  for (int p = 0; p < h * w; ++p) x[static_cast<std::size_t>(p)] = p % w < w / 2 ? 0 : 50;
  noise[2 * w + 3] = 5, noise[4 * w + 9] = 5;
  const Tensor dx = Tensor::from_host(stream(), {h, w, 1}, x);
  const Tensor dnoise = Tensor::from_host(stream(), {h, w}, noise);
  const Tensor labels = Tensor::empty(stream(), {h, w}, DType::i32);
  const Tensor count = Tensor::empty(stream(), {1}, DType::i32);
  quickshift(stream(), {dx.data<double>(), dnoise.data<double>(), h, w, 1, 3, 40,
                        labels.data<std::int32_t>(), count.data<std::int32_t>()});
  CHECK_EQ(count.to_host<std::int32_t>(stream())[0], 2);
  std::vector<std::int32_t> halves;
  for (int p = 0; p < h * w; ++p) halves.push_back(p % w < w / 2 ? 0 : 1);
  CHECK_SAME_BITS(labels.to_host<std::int32_t>(stream()), halves);
}

TEST_CASE("quickshift: without noise it runs, and features that are not numbers do not hang it") {
  const Case s{6, 33, 1, 1, 200};
  auto x = waves(s);
  x[40] = std::numeric_limits<double>::quiet_NaN();
  const Tensor dx = Tensor::from_host(stream(), {s.h, s.w, 1}, x);
  const Tensor labels = Tensor::empty(stream(), {s.h, s.w}, DType::i32);
  const Tensor count = Tensor::empty(stream(), {1}, DType::i32);
  each_variant(quickshift_variants(), [&](const auto& run) {
    REQUIRE(run({dx.data<double>(), nullptr, s.h, s.w, 1, s.kernel_size, s.max_dist,
                 labels.data<std::int32_t>(), count.data<std::int32_t>()}));
    const int segments = count.to_host<std::int32_t>(stream())[0];
    for (const std::int32_t label : labels.to_host<std::int32_t>(stream()))
      CHECK((label >= 0 && label < segments));
  });
}

TEST_CASE("forest_labels: chains, bushes and single nodes") {
  const auto check_forest = [](const std::vector<std::int32_t>& parent) {
    const int n = static_cast<int>(parent.size());
    std::vector<std::int32_t> expected(parent.size());
    std::int32_t expected_count = 0;
    forest_labels_reference({parent.data(), expected.data(), &expected_count, n});
    const Tensor dparent = Tensor::from_host(stream(), {n}, parent);
    const Tensor labels = Tensor::empty(stream(), {n}, DType::i32);
    const Tensor count = Tensor::empty(stream(), {1}, DType::i32);
    each_variant(forest_labels_variants(), [&](const auto& run) {
      REQUIRE(run({dparent.data<std::int32_t>(), labels.data<std::int32_t>(),
                   count.data<std::int32_t>(), n}));
      CHECK_SAME_BITS(labels.to_host<std::int32_t>(stream()), expected);
      CHECK_EQ(count.to_host<std::int32_t>(stream())[0], expected_count);
    });
  };
  check_forest({0});
  check_forest({1, 2, 2, 4, 4});
  const int n = kSmallShapesOnly ? 70 : 1025;
  std::vector<std::int32_t> up, down, alone, bushes;
  for (int i = 0; i < n; ++i) {
    up.push_back(i ? i - 1 : 0);
    down.push_back(i + 1 < n ? i + 1 : i);
    alone.push_back(i);
    bushes.push_back(i % 7 == 3 ? i : i + 1 < n ? i + 1 : i);
  }
  for (const auto& parent : {up, down, alone, bushes}) check_forest(parent);
}

TEST_CASE("exp_lanes: exp within 2 ulp, 0 where it would be denormal") {
  double worst = 0;
  for (double x = -708; x <= 0; x += 0.0137) {
    const cpu::Lanes y = cpu::exp_lanes(cpu::Lanes{x, x / 7, x / 91, x / 1000});
    for (int lane = 0; lane < cpu::kLanes; ++lane) {
      const double expected = std::exp(lane == 0   ? x
                                       : lane == 1 ? x / 7
                                       : lane == 2 ? x / 91
                                                   : x / 1000);
      worst = std::fmax(worst, std::abs(y[lane] - expected) / expected);
    }
  }
  CHECK(worst < 4.5e-16);
  const double infinity = std::numeric_limits<double>::infinity();
  const cpu::Lanes edges = cpu::exp_lanes(cpu::Lanes{-infinity, -708.1, 0, std::nan("")});
  CHECK_EQ(edges[0], 0);
  CHECK_EQ(edges[1], 0);
  CHECK_EQ(edges[2], 1);
  CHECK_EQ(edges[3], 0);
}

TEST_CASE("quickshift: arguments outside their range are errors") {
  double x = 0;
  std::int32_t label = 0, count = 0;
  const auto run = [&](int h, int w, int c, double kernel_size, double max_dist) {
    quickshift(stream(), {&x, nullptr, h, w, c, kernel_size, max_dist, &label, &count});
  };
  CHECK_THROWS_WITH_AS(run(0, 4, 1, 4, 200),
                       "quickshift: height and width must be at least 1, got 0×4", Error);
  CHECK_THROWS_WITH_AS(run(1, 1, 4, 4, 200), "quickshift: channels must be 1, 2 or 3, got 4",
                       Error);
  CHECK_THROWS_WITH_AS(run(1 << 16, 1 << 15, 1, 4, 200),
                       "quickshift: an image may have 2147483647 values, got 65536×32768×1", Error);
  CHECK_THROWS_WITH_AS(run(1, 1, 1, 0.5, 200),
                       "quickshift: kernel_size must be from 1 to 100 pixels, got 0.5", Error);
  CHECK_THROWS_WITH_AS(run(1, 1, 1, 4, -1), "quickshift: max_dist must not be negative, got -1",
                       Error);
  CHECK_THROWS_AS(run(1, 1, 1, 4, std::nan("")), Error);
  CHECK_THROWS_WITH_AS(forest_labels(stream(), {&label, &label, &count, 0}),
                       "forest_labels: n must be at least 1, got 0", Error);
}
