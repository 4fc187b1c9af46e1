#include "explain/surrogate/lime.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "explain/surrogate/lars.h"
#include "runtime/error.h"
#include "tests/explain/surrogate/coalition_games.h"
#include "tests/support/compare.h"
#include "tests/support/device.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

constexpr int kFeatures = 8, kRows = 64;

// Bits of a linear congruential generator; row 0 is full.
HostCoalitions regression_rows() {
  HostCoalitions c(kFeatures, kRows);
  std::uint32_t state = 12345;
  for (int n = 0; n < kRows; ++n)
    for (int j = 0; j < kFeatures; ++j) {
      state = (1103515245u * state + 12345u) & 0x7FFFFFFFu;
      if (n == 0 || (state >> 16 & 1u)) c.set(n, j);
    }
  return c;
}

double regression_game(const Features& z) {
  const double c[kFeatures] = {1.5, -0.7, 0.3, 0.9, -1.2, 0.05, 0.6, -0.4};
  double score = 0.5 * z[0] * z[3] - 1;
  for (int j = 0; j < kFeatures; ++j) score += c[j] * z[static_cast<std::size_t>(j)];
  return 1 / (1 + std::exp(-score));
}

LimeOptions options_for(int num_features, Selection selection = Selection::automatic) {
  LimeOptions options;
  options.num_features = num_features;
  options.selection = selection;
  return options;
}

HostCoalitions drawn_rows(int features, int rows, RandomKey key = {}) {
  return lime_coalitions(stream(), features, rows, key).to_host(stream());
}

LimeResult fit(const HostCoalitions& c, const Game& game, const LimeOptions& options = {}) {
  return fit_lime(c, values_of(c, {game}), 1, options).front();
}

bool all_finite(const LimeResult& r) {
  return std::isfinite(r.intercept) && std::isfinite(r.r2) && std::isfinite(r.local_prediction) &&
         std::all_of(r.coefficients.begin(), r.coefficients.end(),
                     [](double v) { return std::isfinite(v); });
}

}  // namespace

TEST_CASE("LIME's weights depend on how many features are present") {
  const std::vector<double> expected{3.35462628e-4, .035325657, .135335283, .300580093, .503439617,
                                     .704061647,    .866239769, .967180199, 1};
  CHECK(greatest_difference(lime_weight_table(8, 0.25), expected) < 1e-9);
}

TEST_CASE("LIME's regression on fixed rows") {
  const HostCoalitions c = regression_rows();
  int total = 0;
  for (int n = 0; n < kRows; ++n) total += c.popcount(n);
  CHECK(total == 244);
  const LimeResult r = fit(c, regression_game);
  const std::vector<double> beta{0.302384450350,  -0.104276575413, 0.022585102548, 0.199691151709,
                                 -0.155861416388, 0.028150621922,  0.085561501530, -0.050345335639};
  CHECK(greatest_difference(r.coefficients, beta) < 1e-10);
  CHECK(std::abs(r.intercept - 0.278436769412) < 1e-10);
  CHECK(std::abs(r.r2 - 0.944109810519) < 1e-10);
  CHECK(std::abs(r.local_prediction - 0.606326270031) < 1e-10);
  CHECK(r.selected == std::vector<int>{0, 3, 4, 1, 6, 7, 5, 2});
  CHECK_FALSE((r.singular || r.too_few_rows || r.constant));
}

TEST_CASE("LIME's three selections of three features agree on this problem") {
  const HostCoalitions c = regression_rows();
  for (const Selection selection : {Selection::automatic, Selection::forward_selection,
                                    Selection::highest_weights, Selection::lasso_path}) {
    CAPTURE(to_string(selection));
    const LimeResult r = fit(c, regression_game, options_for(3, selection));
    CHECK(r.selected == std::vector<int>{0, 3, 4});
    CHECK(greatest_difference(r.coefficients, {0.302657057800, 0, 0, 0.190789001346,
                                               -0.132612789018, 0, 0, 0}) < 1e-10);
    CHECK(std::abs(r.intercept - 0.261265516454) < 1e-10);
    CHECK(std::abs(r.r2 - 0.812457496023) < 1e-10);
  }
  CHECK(fit(c, regression_game, options_for(3, Selection::none)).selected.size() == 8);
  CHECK(fit(c, regression_game, options_for(100, Selection::forward_selection)).selected.size() ==
        8);
  CHECK(fit(c, regression_game, options_for(7)).selected.size() == 7);
}

TEST_CASE("all classes come from one pass, as if alone") {
  const HostCoalitions c = drawn_rows(37, 300, {1, 2});
  const std::vector<Game> games{rough_game, probability_game, [](const Features&) { return 2.5; }};
  for (const LimeOptions& options : {options_for(0), options_for(5)}) {
    const auto together = fit_lime(c, values_of(c, games), 3, options);
    for (std::size_t d = 0; d < games.size(); ++d) {
      const LimeResult alone = fit(c, games[d], options);
      CHECK(greatest_difference(together[d].coefficients, alone.coefficients) < 1e-13);
      CHECK(together[d].selected == alone.selected);
    }
    CHECK(together[2].constant);
    CHECK(together[2].intercept == 2.5);
    CHECK(together[2].local_prediction == 2.5);
    CHECK(together[2].r2 == 1);
    CHECK(all_finite(together[2]));
  }
}

TEST_CASE("a linear model is found exactly without ridge; a small effect on a large value is too") {
  const HostCoalitions c = drawn_rows(20, 200, {3, 2});
  LimeOptions options;
  options.alpha = 0;
  const LimeResult r = fit(
      c, [](const Features& z) { return 1e6 + 1e-3 * z[4] - 2e-3 * z[7]; }, options);
  CHECK(std::abs(r.coefficients[4] - 1e-3) < 1e-8);
  CHECK(std::abs(r.coefficients[7] + 2e-3) < 1e-8);
  CHECK(r.r2 > 0.999);
  CHECK(std::abs(r.local_prediction - (1e6 - 1e-3)) < 1e-8);
  CHECK(r.selected[0] == 7);
  CHECK(r.selected[1] == 4);
}

TEST_CASE("what cannot be decided is flagged, never NaN") {
  LimeOptions plain;
  plain.alpha = 0;
  SUBCASE("one row") {
    const HostCoalitions c = drawn_rows(5, 1);
    const LimeResult r = fit(c, rough_game);
    CHECK(r.constant);
    CHECK(r.too_few_rows);
    CHECK(all_finite(r));
  }
  SUBCASE("fewer rows than features") {
    const HostCoalitions c = drawn_rows(40, 12);
    for (const LimeOptions& options : {LimeOptions{}, plain, options_for(3), options_for(20),
                                       options_for(5, Selection::lasso_path)}) {
      const LimeResult r = fit(c, rough_game, options);
      CHECK(all_finite(r));
      CHECK(r.singular == (options.alpha == 0));
      CHECK(r.too_few_rows == (r.selected.size() >= 12));
    }
  }
  SUBCASE("two features that always go together share their weight") {
    HostCoalitions c = drawn_rows(6, 100);
    for (int n = 0; n < c.rows; ++n) {
      std::uint32_t& row = c.bits[static_cast<std::size_t>(n)];
      row = (row & ~2u) | (row & 1u) << 1;
    }
    const Game game = [](const Features& z) { return 2.0 * z[0] + z[3]; };
    const LimeResult r = fit(c, game, plain);
    CHECK(r.singular);
    CHECK(std::abs(r.coefficients[0] - 1) < 1e-6);
    CHECK(std::abs(r.coefficients[1] - 1) < 1e-6);
    CHECK(std::abs(r.coefficients[3] - 1) < 1e-6);
    // Of two equal ones, selection takes the first.
    CHECK(fit(c, game, options_for(2, Selection::forward_selection)).selected ==
          std::vector<int>{0, 3});
  }
  SUBCASE("a kernel so narrow that only the full row counts") {
    LimeOptions narrow;
    for (const double width : {1e-3, 1e-200}) {
      narrow.kernel_width = width;
      CHECK(all_finite(fit(drawn_rows(9, 50), rough_game, narrow)));
    }
  }
}

TEST_CASE("LIME refuses what it cannot use") {
  const HostCoalitions c = drawn_rows(5, 10);
  std::vector<double> values = values_of(c, {rough_game});
  CHECK_THROWS_AS(fit_lime(c, values, 2), Error);
  values[3] = NAN;
  CHECK_THROWS_WITH_AS(fit_lime(c, values, 1), "LIME: the model's value for row 3 is not finite",
                       Error);
  const HostCoalitions empty(5, 10);
  CHECK_THROWS_WITH_AS(fit_lime(empty, std::vector<double>(10), 1),
                       "LIME: row 0 must be the image itself, with all features", Error);
  LimeOptions wrong;
  wrong.kernel_width = 0;
  CHECK_THROWS_AS(fit(c, rough_game, wrong), Error);
  CHECK(parse_selection("auto") == Selection::automatic);
  CHECK(parse_selection("lasso_path") == Selection::lasso_path);
  CHECK_THROWS_AS(parse_selection("lasso"), UsageError);
}

TEST_CASE("least angle regression on orthogonal features enters them by size") {
  // XᵀX = I: the lasso path is soft thresholding.
  NormalEquations e{3, {1, 0, 0, 0, 1, 0, 0, 0, 1}, {0.5, -2, 1}};
  const LarsPath path = lars_path(e, {.lasso = true});
  CHECK(path.active == std::vector<int>{1, 2, 0});
  REQUIRE(path.coefficients.size() == 4);
  CHECK(greatest_difference(path.coefficients[1], {0, -1, 0}) < 1e-14);
  CHECK(greatest_difference(path.coefficients[2], {0, -1.5, 0.5}) < 1e-14);
  CHECK(greatest_difference(path.coefficients[3], {0.5, -2, 1}) < 1e-14);
  CHECK(lars_path(e, {.max_steps = 2}).active == std::vector<int>{1, 2});
  CHECK(least_residual(e, 6) == doctest::Approx(6 - 5.25));
  // A copy of a feature is left out for good.
  const NormalEquations twin{2, {1, 1, 1, 1}, {1, 1}};
  CHECK(lars_path(twin, {.lasso = true}).active.size() == 1);
  CHECK(least_residual(twin, 2) == doctest::Approx(1));
}
