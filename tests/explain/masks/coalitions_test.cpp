#include "explain/masks/coalitions.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "explain/masks/mersenne_twister.h"
#include "explain/surrogate/shap_plan.h"
#include "runtime/error.h"
#include "tests/explain/surrogate/coalition_games.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

void check_unused_bits(const HostCoalitions& c) {
  for (int n = 0; n < c.rows; ++n) {
    int present = 0;
    for (int j = 0; j < c.features; ++j) present += c.present(n, j);
    REQUIRE(c.popcount(n) == present);  // counts unused bits too
  }
}

std::vector<std::uint32_t> row_of(const HostCoalitions& c, int n) {
  const auto begin = c.bits.begin() + n * c.words;
  return {begin, begin + c.words};
}

HostPlan plan_of(int features, int samples = 0, std::uint64_t seed = 1,
                 SamplingRng rng = SamplingRng::philox) {
  ShapPlanOptions options;
  options.samples = samples;
  options.seed = seed;
  options.rng = rng;
  return host_plan(features, options);
}

HostCoalitions drawn_rows(int features, int rows, RandomKey key) {
  return lime_coalitions(stream(), features, rows, key).to_host(stream());
}

double sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

}  // namespace

TEST_CASE("MT19937 gives the words of its authors' test and no modulo bias") {
  MersenneTwister random(5489);  // the 10000th word, as C++'s std::mt19937 requires
  std::uint32_t word = 0;
  for (int i = 0; i < 10000; ++i) word = random.next();
  CHECK(word == 4123659995u);
  MersenneTwister normals(788);  // numpy.random.RandomState(788).normal(size=5)
  for (const double expected : {0.42865657, 1.14644064, 0.47509774, -0.42109967, -0.9375318})
    CHECK(normals.normal() == doctest::Approx(expected).epsilon(1e-7));
  CHECK(MersenneTwister(1).below_or_equal(0) == 0);
  const std::vector<int> order = MersenneTwister(3).permutation(100);
  CHECK(std::set<int>(order.begin(), order.end()).size() == 100);
  CHECK(MersenneTwister(3).permutation(0).empty());
}

TEST_CASE("LIME's rows begin with the image and hold half of the features") {
  for (const int features : {1, 31, 32, 33, 100, 1024}) {
    CAPTURE(features);
    const HostCoalitions c = drawn_rows(features, 400, {44, 3});
    check_unused_bits(c);
    CHECK(c.popcount(0) == features);
    double total = 0;
    for (int n = 1; n < c.rows; ++n) total += c.popcount(n);
    const double draws = 399.0 * features;
    CHECK(std::abs(total - draws / 2) <= 4 * 0.5 * std::sqrt(draws));  // four standard deviations
    // A row does not depend on how many there are.
    const HostCoalitions fewer = drawn_rows(features, 7, {44, 3});
    CHECK(std::equal(fewer.bits.begin(), fewer.bits.end(), c.bits.begin()));
    CHECK(drawn_rows(features, 400, {45, 3}).bits != c.bits);
    CHECK(drawn_rows(features, 400, {44, 4}).bits != c.bits);
  }
}

TEST_CASE("numpy's draws for lime: seed 44") {
  const LimeReplay replay = lime_coalitions_numpy(49, 1000, 44);
  CHECK(replay.segmentation_seed == 788);
  CHECK(lime_segmentation_seed(44) == 788);
  CHECK(replay.coalitions.popcount(0) == 49);
  // Row 0's draws are replaced, so the stream is looked at through one wide row's successor.
  MersenneTwister random(44);
  CHECK(random.below_or_equal(999) == 788);
  const std::vector<std::uint32_t> expected{1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 1, 1};
  std::vector<std::uint32_t> bits;
  for (int i = 0; i < 16; ++i) bits.push_back(random.below_or_equal(1));
  CHECK(bits == expected);
  std::uint32_t total = std::accumulate(bits.begin(), bits.end(), 0u), of_row0 = total;
  for (int i = 16; i < 49000; ++i) {
    const std::uint32_t bit = random.below_or_equal(1);
    total += bit;
    if (i < 49) of_row0 += bit;
  }
  CHECK(total == 24391);
  int present = 0;
  for (int n = 0; n < 1000; ++n) present += replay.coalitions.popcount(n);
  CHECK(present == 24391 - static_cast<int>(of_row0) + 49);
}

TEST_CASE("the Kernel SHAP plan enumerates what shap does") {
  struct Expected {
    int features, rows, sizes, enumerated;
  };
  for (const auto& [features, rows, sizes, enumerated] : {Expected{12, 2072, 3, 596},
                                                          {14, 2076, 2, 210},
                                                          {20, 2088, 2, 420},
                                                          {36, 2120, 1, 72},
                                                          {49, 2146, 1, 98},
                                                          {50, 2148, 1, 100},
                                                          {100, 2248, 1, 200},
                                                          {196, 2440, 1, 392},
                                                          {1024, 4096, 0, 0}}) {
    if (kSmallShapesOnly && features > 49) continue;
    for (const SamplingRng rng : {SamplingRng::philox, SamplingRng::numpy}) {
      CAPTURE(features);
      const HostPlan plan = plan_of(features, 0, 1, rng);
      CHECK(plan.plan.full_sizes == sizes);
      CHECK(plan.plan.enumerated == enumerated);
      CHECK(plan.coalitions.rows == rows);
      CHECK(plan.weights.size() == static_cast<std::size_t>(rows));
      CHECK_FALSE(plan.plan.exact);
      CHECK(sum(plan.weights) == doctest::Approx(1).epsilon(1e-12));
      check_unused_bits(plan.coalitions);
      for (int n = 0; n < rows; ++n) {
        const int size = plan.coalitions.popcount(n);
        REQUIRE(size >= 1);
        REQUIRE(size <= features - 1);
        if (n >= enumerated) REQUIRE(std::min(size, features - size) > sizes);
      }
    }
  }
}

TEST_CASE("rows and weights are the same bits on every device, and not made on the host") {
  Stream cpu(DeviceKind::cpu);
  for (const int features : {9, 12, 33, 49, 200}) {
    if (kSmallShapesOnly && features != 33) continue;
    CAPTURE(features);
    const int samples = kSmallShapesOnly ? 150 : 0;
    const RandomKey key{5, 6};
    CHECK(lime_coalitions(cpu, features, 100, key).to_host(cpu).bits ==
          drawn_rows(features, 100, key).bits);

    const TransferCount before = stream().transfers();
    const ShapPlan plan = shap_plan(stream(), features, {samples, SamplingRng::philox, 7, 8});
    const Tensor weights = shap_weights(stream(), plan);
    const TransferCount after = stream().transfers();
    // Two numbers a time that draws were merged; what goes up are tables by size and the ones of
    // the enumerated rows.
    CHECK(after.to_host_bytes - before.to_host_bytes <= 3 * 8);
    CHECK(after.to_device_bytes - before.to_device_bytes <=
          static_cast<std::size_t>(16 * features + 4 * plan.enumerated));

    const ShapPlan other = shap_plan(cpu, features, {samples, SamplingRng::philox, 7, 8});
    CHECK(plan.coalitions.to_host(stream()).bits == other.coalitions.to_host(cpu).bits);
    CHECK(plan.drawn == other.drawn);
    CHECK(weights.to_host<double>(stream()) == shap_weights(cpu, other).to_host<double>(cpu));
  }
}

TEST_CASE("drawing ends after four draws a row, though rows are missing") {
  if (kSmallShapesOnly) return;
  // 1716 pairs of 6 and 7 of 13 features, all but one row of which are asked for.
  const HostPlan plan = plan_of(13, 8189, 3);
  const int room = 8189 - plan.plan.enumerated;
  CHECK(plan.plan.full_sizes == 5);
  CHECK(room == 3431);
  CHECK(plan.coalitions.rows < 8189);
  CHECK(plan.plan.drawn == 2 * 4 * room);  // each draw counts for itself and its complement
  CHECK(sum(plan.weights) == doctest::Approx(1).epsilon(1e-12));
  std::set<std::vector<std::uint32_t>> different;
  for (int n = 0; n < plan.coalitions.rows; ++n) different.insert(row_of(plan.coalitions, n));
  CHECK(different.size() == static_cast<std::size_t>(plan.coalitions.rows));
}

TEST_CASE("up to 11 features, the plan is every coalition with its kernel weight") {
  for (int features = 2; features <= 11; ++features) {
    CAPTURE(features);
    const HostPlan plan = plan_of(features);
    CHECK(plan.plan.exact);
    CHECK(plan.coalitions.rows == (1 << features) - 2);
    std::set<std::vector<std::uint32_t>> different;
    std::vector<double> of_size(static_cast<std::size_t>(features));
    for (int n = 0; n < plan.coalitions.rows; ++n) {
      different.insert(row_of(plan.coalitions, n));
      const int s = plan.coalitions.popcount(n);
      of_size[static_cast<std::size_t>(s)] += plan.weights[static_cast<std::size_t>(n)];
    }
    CHECK(different.size() == static_cast<std::size_t>(plan.coalitions.rows));
    CHECK(sum(plan.weights) == doctest::Approx(1).epsilon(1e-12));
    // All coalitions of a size together: (M−1) / (s (M−s)).
    for (int s = 1; s < features; ++s)
      CHECK(of_size[static_cast<std::size_t>(s)] * s * (features - s) ==
            doctest::Approx(of_size[1] * (features - 1)).epsilon(1e-12));
  }
}

TEST_CASE("plans of no, one and two features; of few samples; wrong ones") {
  for (const int features : {0, 1}) {
    const HostPlan plan = plan_of(features);
    CHECK(plan.coalitions.rows == 0);
    CHECK(plan.weights.empty());
    CHECK(plan.plan.exact);
  }
  const HostPlan two = plan_of(2);
  CHECK(two.coalitions.bits == std::vector<std::uint32_t>{1, 2});
  CHECK(two.weights == std::vector<double>{0.5, 0.5});

  const HostPlan few = plan_of(49, 7);
  CHECK(few.coalitions.rows == 7);
  CHECK(few.plan.enumerated == 0);
  CHECK(sum(few.weights) == doctest::Approx(1));
  CHECK(plan_of(49, 7, 2).coalitions.bits != few.coalitions.bits);
  CHECK(plan_of(49, 7).coalitions.bits == few.coalitions.bits);
  // A drawn mask is followed by its complement.
  for (int j = 0; j < 49; ++j) CHECK(few.coalitions.present(0, j) != few.coalitions.present(1, j));
  CHECK(plan_of(5, 1000000).coalitions.rows == 30);

  CHECK_THROWS_AS(plan_of(1025), Error);
  CHECK_THROWS_AS(plan_of(-1), Error);
  CHECK_THROWS_AS(plan_of(5, -1), Error);
  CHECK_THROWS_AS(plan_of(5, 0, std::uint64_t{1} << 32, SamplingRng::numpy), Error);
  CHECK_THROWS_AS(lime_coalitions(stream(), 1025, 10, {}), Error);
  CHECK_THROWS_AS(lime_coalitions(stream(), 0, 10, {}), Error);
  CHECK_THROWS_AS(lime_coalitions(stream(), 5, 0, {}), Error);
}
