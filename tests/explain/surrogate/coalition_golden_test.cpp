// Against numpy, lime, shap and scikit-learn: numbers of scripts/goldens/coalition_golden.py.
#include <doctest/doctest.h>

#include <algorithm>

#include "explain/masks/mersenne_twister.h"
#include "explain/surrogate/kernel_shap.h"
#include "explain/surrogate/lime.h"
#include "runtime/formats/json.h"
#include "tests/explain/surrogate/coalition_games.h"
#include "tests/support/device.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

const Json& golden() {
  static const Json json = read_json_file(PELLUCID_TEST_DATA "/coalition_golden.json");
  return json;
}

// Rows of equal width in hexadecimal, feature 0 the lowest bit.
HostCoalitions rows_from_text(int features, int rows, const std::string& text) {
  HostCoalitions c(features, rows);
  const auto width = static_cast<std::size_t>((features + 3) / 4);
  REQUIRE(text.size() == width * static_cast<std::size_t>(rows));
  for (int n = 0; n < rows; ++n)
    for (int j = 0; j < features; ++j) {
      const std::size_t digit =
          static_cast<std::size_t>(n + 1) * width - 1 - static_cast<std::size_t>(j / 4);
      const int value = text[digit] <= '9' ? text[digit] - '0' : text[digit] - 'a' + 10;
      if (value >> j % 4 & 1) c.set(n, j);
    }
  return c;
}

std::vector<double> weights_from_runs(const Json& runs) {
  std::vector<double> weights;
  for (const Json& run : runs)
    weights.insert(weights.end(), run[1].get<std::size_t>(), run[0].get<double>());
  return weights;
}

double greatest(const std::vector<double>& values) {
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

}  // namespace

TEST_CASE("golden: numpy's streams are replayed draw by draw") {
  const Json& expected = golden()["numpy"];
  MersenneTwister random(expected["seed"].get<std::uint32_t>());
  CHECK(random.below_or_equal(999) == expected["randint_1000"].get<std::uint32_t>());
  const std::string bits = expected["bits"].get<std::string>();
  int total = 0;
  for (std::size_t i = 0; i < 49000; ++i) {
    const int bit = static_cast<int>(random.below_or_equal(1));
    if (i < bits.size()) REQUIRE(bit == bits[i] - '0');
    total += bit;
  }
  CHECK(total == expected["bit_sum"].get<int>());
  for (const Json& sample : expected["random_sample"])
    CHECK(random.uniform() == sample.get<double>());
  CHECK(random.choice(expected["p"].get<std::vector<double>>(), 40) ==
        expected["choice"].get<std::vector<int>>());
  CHECK(random.permutation(49) == expected["permutation"].get<std::vector<int>>());
}

TEST_CASE("golden: lime's surrogates, by every selection") {
  double worst = 0;
  for (const Json& expected : golden()["lime"]) {
    if (kSmallShapesOnly && expected["features"].get<int>() > 20) continue;
    CAPTURE(expected.dump());
    const LimeReplay replay =
        lime_coalitions_numpy(expected["features"].get<int>(), expected["rows"].get<int>(),
                              expected["seed"].get<std::uint32_t>());
    const HostCoalitions& c = replay.coalitions;
    LimeOptions options;
    options.num_features = expected["num_features"].get<int>();
    options.selection = parse_selection(expected["selection"].get<std::string>());
    const auto results =
        fit_lime(c, values_of(c, {rough_game, probability_game, noisy_game}), 3, options);
    const LimeResult& r = results[expected["label"].get<std::size_t>()];
    CHECK(r.selected == expected["selected"].get<std::vector<int>>());
    std::vector<double> beta;
    for (const int j : r.selected) beta.push_back(r.coefficients[static_cast<std::size_t>(j)]);
    const double off = greatest_difference(beta, expected["beta"].get<std::vector<double>>());
    CHECK(off < 1e-10);
    worst = std::max(worst, off);
    CHECK(std::abs(r.intercept - expected["intercept"].get<double>()) < 1e-10);
    CHECK(std::abs(r.r2 - expected["r2"].get<double>()) < 1e-10);
    CHECK(std::abs(r.local_prediction - expected["local_prediction"].get<double>()) < 1e-10);
  }
  MESSAGE("greatest difference of a coefficient: " << worst);
}

TEST_CASE("golden: shap's coalitions, weights and values, by every selection") {
  double worst = 0;
  for (const Json& expected : golden()["shap"]) {
    ShapPlanOptions options;
    options.rng = SamplingRng::numpy;
    options.seed = expected["seed"].get<std::uint64_t>();
    const int features = expected["features"].get<int>();
    if (kSmallShapesOnly && features > 12) continue;
    const HostPlan plan = host_plan(features, options);
    const std::string link = expected["link"].get<std::string>();
    CAPTURE(features);
    CAPTURE(link);
    const HostCoalitions masks =
        rows_from_text(features, expected["rows"].get<int>(), expected["masks"].get<std::string>());
    REQUIRE(plan.coalitions.rows == masks.rows);
    CHECK(plan.coalitions.bits == masks.bits);
    const std::vector<double> weights = weights_from_runs(expected["weights"]);
    CHECK(greatest_difference(plan.weights, weights) < 1e-13);

    KernelShapOptions fit;
    fit.link = parse_link(link);
    std::vector<Game> games{probability_game};
    if (fit.link == Link::identity) games = {rough_game, probability_game, noisy_game};
    const auto values = values_of(plan.coalitions, games);
    for (const auto& [l1, phis] : expected["phi"].items()) {
      CAPTURE(l1);
      fit.l1 = parse_l1(l1);
      const auto results =
          kernel_shap_fit(stream(), plan.plan, shap_weights(stream(), plan.plan), values,
                          values_at(features, 1, games), values_at(features, 0, games), fit);
      REQUIRE(phis.size() == results.size());
      for (std::size_t d = 0; d < results.size(); ++d) {
        CAPTURE(d);
        const auto phi = phis[d].get<std::vector<double>>();
        for (std::size_t j = 0; j < phi.size(); ++j)
          CHECK((results[d].phi[j] == 0) == (phi[j] == 0));  // the same selection
        const double off = greatest_difference(results[d].phi, phi) / greatest(phi);
        CHECK(off < 1e-10);
        worst = std::max(worst, off);
      }
    }
  }
  MESSAGE("greatest difference of a value, of the largest: " << worst);
}
