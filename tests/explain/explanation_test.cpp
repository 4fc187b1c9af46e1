#include "explain/explanation.h"

#include <doctest/doctest.h>

#include <limits>

#include "runtime/error.h"

using namespace pellucid;

namespace {

Explanation finished(std::vector<float> map, int width) {
  Explanation e;
  e.method = "any";
  e.map = std::move(map);
  e.width = width;
  e.height = static_cast<int>(e.map.size()) / width;
  finish_map(e);
  return e;
}

}  // namespace

TEST_CASE("a finished map has its range and its first maximum") {
  const Explanation e = finished({0, -1, 3, 2, 3, 0}, 3);
  CHECK(e.low == -1);
  CHECK(e.high == 3);
  CHECK(e.peak == std::array<int, 2>{0, 2});
  CHECK_FALSE(e.uniform);
  CHECK(finished({2, 2}, 2).uniform);
}

TEST_CASE(
    "a finished map of superpixels has 0 in its middle and points with the middle of the "
    "strongest") {
  Explanation e;
  e.method = "any";
  e.is_signed = true;
  e.height = 1;
  e.width = 5;
  e.segments = {0, 1, 1, 1, 0};
  e.map = {-4, 2, 2, 2, -4};
  finish_map(e);
  CHECK(e.low == -4);
  CHECK(e.high == 4);
  CHECK(e.peak == std::array<int, 2>{0, 2});
  CHECK_FALSE(e.uniform);
}

TEST_CASE("a map that is not finite is refused with the method's name") {
  CHECK_THROWS_WITH_AS(
      finished({0, std::numeric_limits<float>::infinity()}, 2),
      "any: a value of the map is not finite (inf); the model's weights may have diverged", Error);
}
