#include "explain/surrogate/kernel_shap.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "explain/surrogate/moments.h"
#include "runtime/error.h"
#include "tests/explain/surrogate/coalition_games.h"
#include "tests/support/device.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

HostPlan plan_of(int features, int samples = 0, std::uint64_t seed = 1) {
  ShapPlanOptions options;
  options.samples = samples;
  options.seed = seed;
  return host_plan(features, options);
}

std::vector<KernelShapResult> fit(const HostPlan& plan, const std::vector<Game>& games,
                                  const KernelShapOptions& options = {}) {
  const HostCoalitions& c = plan.coalitions;
  return kernel_shap_fit(stream(), plan.plan, shap_weights(stream(), plan.plan),
                         values_of(c, games), values_at(c.features, 1, games),
                         values_at(c.features, 0, games), options);
}

std::vector<double> phi_of(const HostPlan& plan, const Game& game) {
  return fit(plan, {game}).front().phi;
}

double sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

double eight_players(const Features& z) {
  int places = 0, count = 0;
  for (int j = 0; j < 8; ++j) {
    places += (j + 1) * z[static_cast<std::size_t>(j)];
    count += z[static_cast<std::size_t>(j)];
  }
  return std::sin(places) + 0.1 * count + 0.25 * z[1] * z[4];
}

// Captum's network of x, where feature j is x_j if its group is present, else the base.
Game relu_network(std::vector<double> x, std::vector<double> base, std::vector<int> group) {
  return [=](const Features& z) {
    double s = 0;
    for (std::size_t j = 0; j < x.size(); ++j)
      s += z[static_cast<std::size_t>(group[j])] ? x[j] : base[j];
    return std::max(s - 10, 0.0) + 3 * std::max(s + 1, 0.0) - 1;
  };
}

}  // namespace

TEST_CASE("Shapley values of a small network, one feature or one group at a time") {
  const std::vector<int> single{0, 1, 2}, groups{0, 0, 1};
  const std::vector<double> x{20, 50, 30};
  const auto check = [](int features, const Game& game, const std::vector<double>& expected) {
    CHECK(greatest_difference(phi_of(plan_of(features), game), expected) < 1e-4);
  };
  check(3, relu_network(x, {0, 0, 0}, single), {76.66667, 196.66667, 116.66667});
  check(3, relu_network(x, {10, 20, 10}, single), {40, 120, 80});
  check(2, relu_network(x, {0, 0, 0}, groups), {275, 115});
  check(2, relu_network(x, {4, 4, 4}, groups), {248, 104});
  check(3, relu_network({2, 10, 3}, {0, 0, 0}, single), {7, 32.5, 10.5});
}

TEST_CASE("the eight-player game") {
  const std::vector<double> expected{0.118172056591,  0.118800900665, -0.265502807250,
                                     -0.220342478518, 0.061617704099, 0.074434665698,
                                     0.125937864565,  0.045103240708};
  const HostPlan plan = plan_of(8);
  const KernelShapResult r = fit(plan, {eight_players}).front();
  CHECK(greatest_difference(r.phi, expected) < 1e-11);
  CHECK(std::abs(r.delta - 0.058221146557) < 1e-11);
  CHECK_FALSE((r.singular || r.too_few_rows || r.clipped));

  KernelShapOptions four;
  four.l1 = parse_l1("num_features(4)");
  const KernelShapResult few = fit(plan, {eight_players}, four).front();
  CHECK(few.selected == std::vector<int>{0, 1, 2, 6});
  CHECK(greatest_difference(few.phi, {0.108375, 0.109004, -0.2753, 0, 0, 0, 0.116141, 0}) < 1e-6);
}

TEST_CASE("the solve, the closed form and the definition agree on complete plans") {
  for (int m = 3; m <= 11; ++m) {
    CAPTURE(m);
    const HostPlan plan = plan_of(m);
    for (const Game& game : {Game(rough_game), Game(probability_game)}) {
      const std::vector<double> phi = phi_of(plan, game);
      CHECK(greatest_difference(phi, shapley_values(m, game)) < 1e-12);

      // φ_i = (b_i − mean b) / (½ − a) + Δ / M, b = E[z (v − v_∅)], a = E[z_i z_j].
      double above = 0, below = 0;
      for (int k = 1; k < m; ++k) {
        above += (k - 1.0) / (m - k);
        below += 1.0 / (k * (m - k));
      }
      const double a = above / (m * (m - 1.0) * below);
      const double empty = game(Features(static_cast<std::size_t>(m), 0));
      std::vector<double> y = values_of(plan.coalitions, {game});
      for (double& value : y) value -= empty;
      const Moments moments =
          weighted_moments(stream(), plan.plan.coalitions, shap_weights(stream(), plan.plan), y, 1);
      CHECK(moments.at(0, 0) == doctest::Approx(0.5).epsilon(1e-12));
      CHECK(moments.at(0, 1) == doctest::Approx(a).epsilon(1e-12));
      const double delta = game(Features(static_cast<std::size_t>(m), 1)) - empty;
      std::vector<double> closed;
      for (int i = 0; i < m; ++i)
        closed.push_back((moments.rhs_at(i, 0) - sum(moments.rhs) / m) / (0.5 - a) + delta / m);
      CHECK(greatest_difference(phi, closed) < 1e-12);
    }
  }
}

TEST_CASE("the axioms") {
  SUBCASE("efficiency, whatever was sampled") {
    for (const int m : {2, 9, 12, 49, 120})
      for (const Game& game : {Game(rough_game), Game(probability_game)}) {
        const KernelShapResult r = fit(plan_of(m), {game}).front();
        CHECK(std::abs(sum(r.phi) - r.delta) < 1e-6);
      }
  }
  SUBCASE("a feature that does nothing gets nothing; equals get the same") {
    const Game game = [](const Features& z) {
      return std::tanh(z[0] + 2.0 * z[1] * z[2] + z[4]) + 3.0 * z[3];
    };
    const std::vector<double> phi = phi_of(plan_of(7), game);
    CHECK(phi[5] == 0);
    CHECK(phi[6] == 0);
    CHECK(std::abs(phi[1] - phi[2]) < 1e-6);
    CHECK(std::abs(phi[0] - phi[4]) < 1e-6);
    CHECK(std::abs(phi[3] - 3) < 1e-6);
  }
  SUBCASE("a linear model gets its coefficients, sampled or not") {
    for (const int m : {5, 12, 49}) {
      std::vector<double> beta;
      for (int j = 0; j < m; ++j) beta.push_back(std::cos(3.0 * j));
      const Game linear = [&](const Features& z) {
        double v = 0.7;
        for (std::size_t j = 0; j < z.size(); ++j) v += beta[j] * z[j];
        return v;
      };
      CHECK(greatest_difference(phi_of(plan_of(m), linear), beta) < 1e-6);
    }
  }
  SUBCASE("the values are linear in the model") {
    const HostPlan plan = plan_of(20);
    const Game mixed = [](const Features& z) {
      return 2 * rough_game(z) - 3 * probability_game(z);
    };
    const auto r = fit(plan, {rough_game, probability_game, mixed});
    std::vector<double> expected;
    for (std::size_t j = 0; j < 20; ++j) expected.push_back(2 * r[0].phi[j] - 3 * r[1].phi[j]);
    CHECK(greatest_difference(r[2].phi, expected) < 1e-9);
  }
  SUBCASE("three that only act together share equally") {
    const Game product = [](const Features& z) { return 1.0 * z[0] * z[2] * z[5]; };
    CHECK(greatest_difference(phi_of(plan_of(6), product), {1.0 / 3, 0, 1.0 / 3, 0, 0, 1.0 / 3}) <
          1e-12);
  }
  SUBCASE("the order of the features does not matter") {
    const std::vector<std::size_t> to{3, 0, 7, 5, 1, 6, 2, 4};
    const Game renamed = [&](const Features& z) {
      Features original(8);
      for (std::size_t j = 0; j < 8; ++j) original[j] = z[to[j]];
      return eight_players(original);
    };
    const std::vector<double> phi = phi_of(plan_of(8), eight_players);
    const std::vector<double> moved = phi_of(plan_of(8), renamed);
    for (std::size_t j = 0; j < 8; ++j) CHECK(std::abs(moved[to[j]] - phi[j]) < 1e-12);
  }
}

TEST_CASE("classes of one call are as if alone") {
  const HostPlan plan = plan_of(36);
  for (const char* l1 : {"none", "num_features(6)", "aic"}) {
    KernelShapOptions options;
    options.l1 = parse_l1(l1);
    const std::vector<Game> games{rough_game, probability_game};
    const auto together = fit(plan, games, options);
    for (std::size_t d = 0; d < 2; ++d) {
      const KernelShapResult alone = fit(plan, {games[d]}, options).front();
      CHECK(together[d].selected == alone.selected);
      CHECK(greatest_difference(together[d].phi, alone.phi) < 1e-12);
    }
  }
}

TEST_CASE("no feature, one feature, two features") {
  const std::vector<double> full{0.9, 2}, empty{0.4, 2};
  const auto none = kernel_shap_fit(stream(), plan_of(0).plan, {}, {}, full, empty);
  CHECK(none[0].phi.empty());
  CHECK(none[0].delta == doctest::Approx(0.5));
  const auto one = kernel_shap_fit(stream(), plan_of(1).plan, {}, {}, full, empty);
  CHECK(one[0].phi == std::vector<double>{one[0].delta});
  CHECK(one[1].phi == std::vector<double>{0});
  const Game game = [](const Features& z) { return 1 + 2.0 * z[0] + 3.0 * z[0] * z[1]; };
  CHECK(greatest_difference(phi_of(plan_of(2), game), {3.5, 1.5}) < 1e-12);
}

TEST_CASE("the logit link turns products of odds into sums and bears certainty") {
  KernelShapOptions logit;
  logit.link = parse_link("logit");
  const KernelShapResult r = fit(plan_of(9), {probability_game}, logit).front();
  for (int j = 0; j < 9; ++j)
    CHECK(std::abs(r.phi[static_cast<std::size_t>(j)] - (7 * j % 11 - 5) / 4.0) < 1e-9);
  CHECK(r.base == doctest::Approx(-0.5));
  CHECK_FALSE(r.clipped);

  const Game certain = [](const Features& z) { return z[0] ? 1.0 : 0.0; };
  const KernelShapResult c = fit(plan_of(4), {certain}, logit).front();
  CHECK(c.clipped);
  CHECK(std::abs(sum(c.phi) - c.delta) < 1e-6);
  CHECK(c.delta == doctest::Approx(2 * std::log(0x1p25)));
  CHECK_THROWS_AS(fit(plan_of(4), {rough_game}, logit), Error);
}

TEST_CASE("too few coalitions are flagged, and still share out the difference") {
  const HostPlan few = plan_of(49, 20);
  for (const char* l1 : {"none", "num_features(10)", "num_features(30)", "aic", "bic"}) {
    CAPTURE(l1);
    KernelShapOptions options;
    options.l1 = parse_l1(l1);
    for (const KernelShapResult& r : fit(few, {rough_game, probability_game}, options)) {
      CHECK(std::abs(sum(r.phi) - r.delta) < 1e-6);
      CHECK(std::all_of(r.phi.begin(), r.phi.end(), [](double v) { return std::isfinite(v); }));
      if (options.l1.kind != L1::Kind::num_features) CHECK(r.singular);
      CHECK(r.too_few_rows == (r.selected.size() > 21));  // 20 masks
    }
  }
  // A model that does not react, with and without selection.
  const Game still = [](const Features&) { return 1.5; };
  for (const char* l1 : {"none", "num_features(3)", "bic"}) {
    KernelShapOptions options;
    options.l1 = parse_l1(l1);
    CHECK(fit(plan_of(12), {still}, options).front().phi == std::vector<double>(12));
  }
}

TEST_CASE("Kernel SHAP refuses what it cannot use") {
  const ShapPlan rows = plan_of(3).plan;
  const Tensor weights = shap_weights(stream(), plan_of(3).plan);
  ShapPlan no_rows;
  no_rows.coalitions = Coalitions(stream(), 3, 0);
  const Tensor one_weight = Tensor::zeros(stream(), {1}, DType::f64);
  const std::vector<double> one{1}, two{1, 2}, six(6);
  CHECK_THROWS_AS(kernel_shap_fit(stream(), rows, weights, six, one, two), Error);
  CHECK_THROWS_AS(kernel_shap_fit(stream(), rows, weights, six, two, two), Error);
  CHECK_THROWS_AS(kernel_shap_fit(stream(), rows, one_weight, six, one, one), Error);
  CHECK_THROWS_AS(kernel_shap_fit(stream(), no_rows, {}, {}, one, one), Error);
  CHECK_THROWS_WITH_AS(kernel_shap_fit(stream(), rows, weights, six, {NAN}, one),
                       "Kernel SHAP: a value of the model for the image is not finite", Error);
  CHECK(parse_l1("num_features(10)").count == 10);
  for (const char* wrong : {"", "num_features(0)", "num_features(x)", "num_features(", "l1"})
    CHECK_THROWS_AS(parse_l1(wrong), UsageError);
  CHECK_THROWS_AS(parse_link("log"), UsageError);
}
