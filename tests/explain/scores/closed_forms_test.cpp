// What the scores of maps are where it can be said without a computer.
#include <doctest/doctest.h>

#include <cmath>

#include "explain/localisation.h"
#include "explain/ranking.h"
#include "explain/scores/agreement.h"
#include "explain/scores/concentration.h"
#include "explain/scores/linear_imputer.h"
#include "explain/scores/perturbation_curves.h"
#include "explain/scores/road.h"
#include "runtime/error.h"

using namespace pellucid;

using Map = std::vector<float>;

namespace {

PerturbationSteps steps_of(const Map& map, int most) {
  return perturbation_steps(ranking(map, Relevance::most_first), most);
}

}  // namespace

TEST_CASE("equal values rank in row-major order, whichever end comes first") {
  const Map map = {2, 5, 2, 5, 1};
  CHECK(ranking(map, Relevance::most_first) == std::vector<std::int32_t>{1, 3, 0, 2, 4});
  CHECK(ranking(map, Relevance::least_first) == std::vector<std::int32_t>{4, 0, 2, 1, 3});
}

TEST_CASE("perturbation steps: equal but for the last, a plateau may end within one") {
  const PerturbationSteps steps = steps_of(Map{0, 3, 3, 3, 1, 2, 0}, 3);
  CHECK(steps.count == 3);
  CHECK(steps.labels == std::vector<std::int32_t>{1, 0, 0, 0, 1, 1, 2});
  CHECK(steps.shares == std::vector<double>{0, 3.0 / 7, 6.0 / 7, 1});
  CHECK(steps_of(Map{3, 3, 3, 1}, 2).labels == std::vector<std::int32_t>{0, 0, 1, 1});
  CHECK(steps_of(Map{1, 2}, 1024).count == 2);  // a step has a pixel at least
  CHECK_THROWS_AS(steps_of(Map{}, 3), Error);
  CHECK_THROWS_AS(steps_of(Map{1}, 0), Error);
  CHECK_THROWS_AS(steps_of(Map{1}, 1025), Error);
}

TEST_CASE("perturbation masks and what their scores say") {
  const HostCoalitions masks = perturbation_masks(3);
  std::string rows;
  for (int row = 0; row < masks.rows; ++row) {
    for (int step = 0; step < 3; ++step) rows += masks.present(row, step) ? '1' : '0';
    rows += ' ';
  }
  CHECK(rows == "111 011 001 000 100 110 ");
  const PerturbationSteps steps = steps_of(Map{0, 3, 3, 3, 1, 2, 0}, 3);
  const PerturbationCurves curves =
      perturbation_curves(steps, std::vector<double>{10, 4, 3, 1, 7, 8});
  CHECK(curves.deletion == std::vector<double>{10, 4, 3, 1});
  CHECK(curves.insertion == std::vector<double>{1, 7, 8, 10});
  CHECK(curves.deletion_auc == doctest::Approx(3.0 / 7 * 7 + 3.0 / 7 * 3.5 + 1.0 / 7 * 2));
  // Equal steps: RISE's (Σ − first/2 − last/2) / n.
  const PerturbationSteps equal = steps_of(Map{3, 2, 1, 0, 5, 4}, 3);
  CHECK(perturbation_curves(equal, std::vector<double>{10, 4, 3, 1, 7, 8}).insertion_auc ==
        doctest::Approx((26 - 0.5 - 5) / 3).epsilon(1e-14));
  CHECK_THROWS_AS(perturbation_curves(equal, std::vector<double>{1, 2}), Error);
}

TEST_CASE("imputation: a plane stays a plane, a lone pixel is its neighbours' weighted mean") {
  const int height = 7, width = 9;
  std::vector<float> plane;
  std::vector<std::uint8_t> inner;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      plane.push_back(0.25f + 0.03f * static_cast<float>(y) - 0.01f * static_cast<float>(x));
      plane.push_back(0.5f);  // a second channel
      inner.push_back(y > 0 && y + 1 < height && x > 0 && x + 1 < width);
    }
  std::vector<float> broken = plane;
  for (std::size_t i = 0; i < inner.size(); ++i)
    if (inner[i]) broken[2 * i] = broken[2 * i + 1] = 9;
  const std::vector<float> again = impute(broken, inner, height, width, 2);
  for (std::size_t i = 0; i < plane.size(); ++i) CHECK(again[i] == doctest::Approx(plane[i]));

  // In a corner, three neighbours: two on edges, one on a corner.
  const std::vector<float> small = {99, 3, 0, 6, 12, 0};
  CHECK(impute(small, std::vector<std::uint8_t>{1, 0, 0, 0, 0, 0}, 2, 3, 1)[0] ==
        doctest::Approx((2 * 3 + 2 * 6 + 12) / 5.0));
  CHECK(impute(small, std::vector<std::uint8_t>(6), 2, 3, 1) == small);
  CHECK_THROWS_AS(impute(small, std::vector<std::uint8_t>(6, 1), 2, 3, 1), Error);
  CHECK_THROWS_AS(impute(small, std::vector<std::uint8_t>(5), 2, 3, 1), Error);
}

TEST_CASE("ROAD removes what numpy's percentile parts off, and adds noise to that alone") {
  std::vector<float> map(101);
  for (std::size_t i = 0; i < map.size(); ++i) map[i] = static_cast<float>(i);
  const auto most = ranking(map, Relevance::most_first);
  for (const int percentage : kRoadPercentages) {
    const auto removed = removed_pixels(most, percentage);
    for (std::size_t i = 0; i < map.size(); ++i)
      CHECK(removed[i] == (map[i] >= static_cast<float>(100 - percentage)));
  }
  const std::vector<float> grey(400, 0.5f);
  std::vector<std::uint8_t> removed(400);
  for (std::size_t i = 0; i < 300; ++i) removed[i] = 1;
  const std::vector<float> noisy =
      road_picture(grey, removed, road_noise(grey.size(), 70, 3), 20, 20, 1);
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < 300; ++i) {
    sum += noisy[i] - 0.5;
    squares += std::pow(noisy[i] - 0.5, 2);
  }
  for (std::size_t i = 300; i < 400; ++i) CHECK(noisy[i] == 0.5f);
  CHECK(std::abs(sum / 300) < 0.002);
  CHECK(std::sqrt(squares / 300) == doctest::Approx(kRoadNoise).epsilon(0.15));
  CHECK(noisy == road_picture(grey, removed, road_noise(grey.size(), 70, 3), 20, 20, 1));
  CHECK(noisy != road_picture(grey, removed, road_noise(grey.size(), 70, 4), 20, 20, 1));
  CHECK_THROWS_AS(removed_pixels(most, 100), Error);
  const RoadCurves curves = road_curves({1, 2}, {5, 6}, 4);
  CHECK(curves.mean_morf == doctest::Approx(-2.5));
  CHECK(curves.mean_lerf == doctest::Approx(1.5));
  CHECK(curves.combined == doctest::Approx(2));
}

TEST_CASE("sparseness and complexity of one pixel, of equal ones, of a ramp") {
  CHECK(sparseness(Map{0, 0, -3, 0}).value() == doctest::Approx(0.75));
  CHECK(complexity(Map{0, 0, -3, 0}).value() == doctest::Approx(0));
  CHECK(sparseness(Map{2, -2, 2, 2, 2}).value() == doctest::Approx(0));
  CHECK(complexity(Map{2, -2, 2, 2, 2}).value() == doctest::Approx(std::log(5)));
  Map ramp;  // 1 … n: (n² − 1)/3n over (n + 1)
  for (int i = 10; i >= 1; --i) ramp.push_back(static_cast<float>(i));
  CHECK(sparseness(ramp).value() == doctest::Approx(0.3));
  CHECK_FALSE(sparseness(Map{0, 0}).has_value());
  CHECK_FALSE(complexity(Map{0, 0}).has_value());
}

TEST_CASE("mass and rank accuracy count positive values, and as many pixels as the lesion has") {
  const LesionArea area = area_of_mask(std::vector<std::uint8_t>{1, 1, 0, 0, 0, 0}, 2, 3);
  CHECK(mass_accuracy(Map{3, -5, 1, 0, 0, 0}, area).value() == doctest::Approx(0.75));
  CHECK(rank_accuracy(Map{3, -5, 1, 0, 0, 0}, area).value() == doctest::Approx(0.5));
  CHECK(rank_accuracy(Map{2, 2, 2, 2, 2, 1}, area).value() == 1);  // the first of equal ones
  CHECK_FALSE(mass_accuracy(Map{0, -1, 0, 0, 0, 0}, area).has_value());
  const LesionArea none = area_of_mask(std::vector<std::uint8_t>(6), 2, 3);
  CHECK_FALSE(rank_accuracy(Map{3, -5, 1, 0, 0, 0}, none).has_value());
  CHECK(mass_accuracy(Map{3, -5, 1, 0, 0, 0}, none) == 0.0);
  CHECK_THROWS_AS(mass_accuracy(Map{1}, area), Error);
  CHECK_THROWS_AS(rank_accuracy(Map{1}, area), Error);
}

TEST_CASE("agreement: ranks shared by equal values, overlap of the strongest") {
  CHECK(average_ranks(Map{5, 1, 5, 0}) == std::vector<double>{3.5, 2, 3.5, 1});
  CHECK(spearman(Map{1, 2, 3, 4}, Map{10, 20, 25, 90}).value() == doctest::Approx(1));
  CHECK(spearman(Map{1, 2, 3, 4}, Map{4, 3, 2, 1}).value() == doctest::Approx(-1));
  CHECK(spearman(Map{1, 2, 3}, Map{1, 3, 2}).value() == doctest::Approx(0.5));
  CHECK_FALSE(spearman(Map{1, 2, 3}, Map{4, 4, 4}).has_value());
  CHECK_THROWS_AS(spearman(Map{1, 2, 3}, Map{4, 4}), Error);
  CHECK(top_overlap(Map{9, 8, 1, 0}, Map{9, 1, 8, 0}, 0.5) == doctest::Approx(0.5));
  CHECK(top_overlap(Map{9, 8, 1, 0}, Map{0, 1, 8, 9}, 0.25) == 0);
  CHECK(top_overlap(Map{9, 8, 1, 0}, Map{1, 0, 0, 0}, 0.01) == 1);  // one pixel at least
  CHECK_THROWS_AS(top_overlap(Map{1}, Map{1, 2}, 0.5), Error);
}
