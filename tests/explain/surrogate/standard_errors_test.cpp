#include "explain/surrogate/standard_errors.h"
#include "nn/statistics/intervals.h"

#include <doctest/doctest.h>

#include <numeric>

#include "explain/surrogate/kernel_shap.h"
#include "tests/explain/surrogate/coalition_games.h"
#include "tests/support/device.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

constexpr int kRepetitions = 200;

// How often an interval holds the truth, by feature.
class Coverage {
 public:
  explicit Coverage(std::vector<double> truth) : truth_(std::move(truth)), hits_(truth_.size()) {}

  void add(const std::vector<double>& estimate, const std::vector<double>& errors) {
    REQUIRE(errors.size() == truth_.size());
    for (std::size_t j = 0; j < truth_.size(); ++j)
      hits_[j] += std::abs(estimate[j] - truth_[j]) <= kTwoSided95 * errors[j];
    ++runs_;
  }
  double of(std::size_t j) const { return hits_[j] / runs_; }
  double mean() const {
    return std::accumulate(hits_.begin(), hits_.end(), 0.0) /
           (runs_ * static_cast<double>(hits_.size()));
  }

 private:
  std::vector<double> truth_, hits_;
  double runs_ = 0;
};

void check_calibrated(const Coverage& coverage, int features) {
  MESSAGE("coverage ", coverage.mean());
  CHECK(coverage.mean() > 0.92);
  CHECK(coverage.mean() < 0.98);
  for (int j = 0; j < features; ++j) {
    CAPTURE(j);
    // Of 200 repetitions, 95 % ± 4 standard deviations.
    CHECK(coverage.of(static_cast<std::size_t>(j)) > 0.88);
  }
}

// Every mask once, the full one first: what masks drawn at random come to in the end.
HostCoalitions all_masks(int features) {
  HostCoalitions all(features, 1 << features);
  for (int n = 0; n < all.rows; ++n)
    for (int j = 0; j < features; ++j)
      if (~n >> j & 1) all.set(n, j);
  return all;
}

}  // namespace

TEST_CASE("LIME's 95 % intervals hold the value of ever more masks in 92 to 98 % of 200 runs") {
  constexpr int features = 10, rows = 300;
  const HostCoalitions all = all_masks(features);
  for (const Game& game : {Game(rough_game), Game(probability_game), Game(noisy_game)}) {
    LimeOptions limit;  // α is one of sums over the rows
    limit.alpha = static_cast<double>(all.rows) / rows;
    Coverage coverage(fit_lime(all, values_of(all, {game}), 1, limit).front().coefficients);
    for (std::uint64_t seed = 0; seed < kRepetitions; ++seed) {
      const HostCoalitions c =
          lime_coalitions(stream(), features, rows, {seed, 7}).to_host(stream());
      const LimeResult r = fit_lime(c, values_of(c, {game}), 1).front();
      coverage.add(r.coefficients, r.standard_errors);
    }
    check_calibrated(coverage, features);
  }
}

TEST_CASE("Kernel SHAP's 95 % intervals hold the Shapley value in 92 to 98 % of 200 runs") {
  // An even and an odd number of features, as a size that is its own complement is drawn otherwise.
  for (const int features : {12, 13})
    for (const Game& game : {Game(rough_game), Game(probability_game), Game(noisy_game)}) {
      CAPTURE(features);
      Coverage coverage(shapley_values(features, game));
      for (std::uint64_t seed = 0; seed < kRepetitions; ++seed) {
        const HostPlan plan = host_plan(features, {300, SamplingRng::philox, seed, 9});
        REQUIRE(!plan.plan.exact);
        const KernelShapResult r =
            kernel_shap_fit(stream(), plan.plan, shap_weights(stream(), plan.plan),
                            values_of(plan.coalitions, {game}), values_at(features, 1, {game}),
                            values_at(features, 0, {game}))
                .front();
        coverage.add(r.phi, r.standard_errors);
      }
      check_calibrated(coverage, features);
    }
}

TEST_CASE("standard errors: none where the surrogate fits exactly, or every mask was asked") {
  const Game linear = [](const Features& z) { return 2.0 * z[0] - z[1]; };
  const HostCoalitions c = lime_coalitions(stream(), 6, 100, {3, 1}).to_host(stream());
  LimeOptions plain;
  plain.alpha = 0;
  const LimeResult r = fit_lime(c, values_of(c, {linear}), 1, plain).front();
  REQUIRE(r.standard_errors.size() == 6);
  for (const double error : r.standard_errors) CHECK(error < 1e-12);
  const HostPlan exact = host_plan(6, {});
  REQUIRE(exact.plan.exact);
  CHECK(kernel_shap_fit(stream(), exact.plan, shap_weights(stream(), exact.plan),
                        values_of(exact.coalitions, {rough_game}), values_at(6, 1, {rough_game}),
                        values_at(6, 0, {rough_game}))
            .front()
            .standard_errors == std::vector<double>(6));
}

TEST_CASE("standard errors: absent where the rows do not tell") {
  const HostCoalitions few = lime_coalitions(stream(), 12, 8, {3, 1}).to_host(stream());
  CHECK(fit_lime(few, values_of(few, {rough_game}), 1).front().standard_errors.empty());
  const HostPlan plan = host_plan(14, {16, SamplingRng::philox, 1, 1});
  CHECK(kernel_shap_fit(stream(), plan.plan, shap_weights(stream(), plan.plan),
                        values_of(plan.coalitions, {rough_game}), values_at(14, 1, {rough_game}),
                        values_at(14, 0, {rough_game}))
            .front()
            .standard_errors.empty());
}

TEST_CASE("standard errors: of a mean, in closed form") {
  // One unknown: A = Σ x², ψ = x e, of four draws.
  const DrawSpread spread{{30}, {10}, 4};
  const Sandwich sandwich(stream(), {2}, 1);
  // 4/3 · (30 − 10²/4) / 2²
  CHECK(sandwich.covariance(spread)[0] == doctest::Approx(4.0 / 3 * 5 / 4));
  CHECK(sandwich.covariance({{30}, {10}, 1}).empty());
  CHECK(Sandwich(stream(), {0}, 1).covariance(spread).empty());
}

TEST_CASE("standard errors: of a single superpixel too they are the spread over other masks") {
  // One feature is fitted exactly but for the ridge, which every draw pulls in one direction: without the mean of
  // that the error would be 1.4 times as large.
  const Game game = [](const Features& z) { return 2.0 * z[0] + 1; };
  constexpr int rows = 40;
  std::vector<double> estimates;
  double told = 0;
  for (std::uint64_t seed = 0; seed < kRepetitions; ++seed) {
    const HostCoalitions c = lime_coalitions(stream(), 1, rows, {seed, 7}).to_host(stream());
    const LimeResult r = fit_lime(c, values_of(c, {game}), 1).front();
    REQUIRE(r.standard_errors.size() == 1);
    estimates.push_back(r.coefficients[0]);
    told += r.standard_errors[0] / kRepetitions;
  }
  double mean = 0, squares = 0;
  for (const double estimate : estimates) mean += estimate / kRepetitions;
  for (const double estimate : estimates) squares += std::pow(estimate - mean, 2);
  const double spread = std::sqrt(squares / (kRepetitions - 1));
  MESSAGE("told ", told, ", found ", spread);
  CHECK(told == doctest::Approx(spread).epsilon(0.25));
}

TEST_CASE("standard errors: none where a narrow kernel leaves few masks a say") {
  constexpr int features = 25, rows = 1000;
  const HostCoalitions c = lime_coalitions(stream(), features, rows, {3, 7}).to_host(stream());
  const auto fitted = [&](double width) {
    LimeOptions options;
    options.kernel_width = width;
    return fit_lime(c, values_of(c, {rough_game}), 1, options).front();
  };
  const LimeResult usual = fitted(0.25), narrow = fitted(0.07), narrower = fitted(0.05);
  CHECK(usual.standard_errors.size() == features);
  CHECK(usual.effective_rows > 500);
  CHECK(narrow.standard_errors.empty());
  CHECK(narrow.effective_rows < kRowsAnUnknown * features);
  CHECK(narrower.effective_rows < narrow.effective_rows);
  CHECK(narrow.coefficients.size() == features);
}

TEST_CASE("Kernel SHAP says how many draws an unknown has, and that they are fewer than unknowns") {
  const auto fitted = [](int features, int samples) {
    const HostPlan plan = host_plan(features, {samples, SamplingRng::philox, 1, 9});
    return kernel_shap_fit(stream(), plan.plan, shap_weights(stream(), plan.plan),
                           values_of(plan.coalitions, {rough_game}),
                           values_at(features, 1, {rough_game}),
                           values_at(features, 0, {rough_game}))
        .front();
  };
  const KernelShapResult few = fitted(14, 6);
  CHECK(few.too_few_rows);
  CHECK(few.draws_an_unknown < 1);
  const KernelShapResult many = fitted(14, 600);
  CHECK_FALSE(many.too_few_rows);
  CHECK(many.draws_an_unknown > kDrawsAnUnknown);
  const KernelShapResult exact = fitted(6, 0);
  CHECK_FALSE(exact.too_few_rows);
  CHECK(exact.draws_an_unknown == 0);
}
