#include "explain/localisation.h"

#include <doctest/doctest.h>

#include "runtime/error.h"

using namespace pellucid;

TEST_CASE("the pointing game asks for any maximum inside the lesion") {
  const std::vector<std::uint8_t> mask = {0, 0, 255, 0, 0, 255};
  const LesionArea area = area_of_mask(mask, 2, 3);
  CHECK(area.share() == doctest::Approx(2.0 / 6));
  CHECK(points_into(std::vector<float>{0, 1, 5, 2, 3, 4}, area));
  CHECK_FALSE(points_into(std::vector<float>{5, 1, 4, 2, 3, 4}, area));
  CHECK(points_into(std::vector<float>{5, 1, 4, 2, 3, 5}, area));        // one of two maxima
  CHECK_FALSE(points_into(std::vector<float>{3, 3, 3, 3, 3, 3}, area));  // points nowhere
  CHECK_THROWS_AS(points_into(std::vector<float>{1, 2}, area), Error);
}

TEST_CASE("a circle covers the pixels whose centres it holds") {
  const LesionArea area = area_of_circle({2, 2, 1}, 4, 4);
  std::vector<std::uint8_t> expected(16);
  for (const std::size_t i : {5u, 6u, 9u, 10u}) expected[i] = 1;
  CHECK(area.inside == expected);
  CHECK(area_of_circle({112, 112, 112}, 224, 224).share() ==
        doctest::Approx(0.7854).epsilon(0.001));
  CHECK(area_of_circle({-5, -5, 2}, 4, 4).share() == 0);
}

TEST_CASE("the peak is the first maximum") {
  CHECK(peak_position(std::vector<float>{0, 1, 7, 7, 2, 3}, 3) == std::array<int, 2>{0, 2});
}

TEST_CASE("a superpixel map points at the middle of its strongest superpixel") {
  // Superpixel 1 is a column of three at the right.
  const std::vector<std::int32_t> labels = {0, 0, 0, 1, 0, 0, 0, 1, 2, 2, 0, 1};
  std::vector<float> map;
  for (const std::int32_t label : labels) map.push_back(label == 1 ? 3.0f : -1.0f);
  CHECK(superpixel_peak(map, labels, 4) == std::array<int, 2>{1, 3});
  for (std::size_t i = 0; i < map.size(); ++i) map[i] = labels[i] == 2 ? 1.0f : 0.0f;
  CHECK(superpixel_peak(map, labels, 4) == std::array<int, 2>{2, 0});
}
