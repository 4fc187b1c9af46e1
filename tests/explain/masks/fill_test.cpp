#include "explain/masks/fill.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "runtime/error.h"

using namespace pellucid;

namespace {

const std::vector<float> kPlane = {0.0f, 0.5f, 1.0f, 0.25f, 0.75f, 0.5f};
const std::vector<std::int32_t> kLabels = {0, 0, 1, 0, 1, 1};

std::vector<float> fill(const char* text) {
  return fill_picture(parse_fill(text), kPlane, kLabels, 2, 2, 3);
}

}  // namespace

TEST_CASE("fill: means and constants") {
  CHECK(fill("segment-mean") == std::vector<float>{0.25f, 0.25f, 0.75f, 0.25f, 0.75f, 0.75f});
  CHECK(fill("image-mean") == std::vector<float>(6, 0.5f));
  CHECK(fill("0.125") == std::vector<float>(6, 0.125f));
}

TEST_CASE("fill: a blurred constant stays, a blurred point spreads as a Gaussian") {
  const std::vector<std::int32_t> labels(31 * 31, 0);
  for (const float value :
       fill_picture(parse_fill("blur(3)"), std::vector<float>(31 * 31, 0.375f), labels, 1, 31, 31))
    CHECK(value == doctest::Approx(0.375).epsilon(1e-6));
  std::vector<float> point(31 * 31, 0.0f);
  point[15 * 31 + 15] = 1;
  const auto spread = fill_picture(parse_fill("blur(2)"), point, labels, 1, 31, 31);
  CHECK(std::accumulate(spread.begin(), spread.end(), 0.0) == doctest::Approx(1).epsilon(1e-5));
  CHECK(spread[15 * 31 + 17] / spread[15 * 31 + 15] ==
        doctest::Approx(std::exp(-0.5)).epsilon(1e-5));
  CHECK(spread[17 * 31 + 15] == spread[15 * 31 + 17]);
}

TEST_CASE("fill: names are read and given back, others refused") {
  for (const char* name : {"segment-mean", "image-mean", "0.5", "blur(8)"})
    CHECK(to_string(parse_fill(name)) == name);
  for (const char* name :
       {"", "mean", "1.5", "-0.1", "nan", "blur(0)", "blur(101)", "blur(x)", "blur"})
    CHECK_THROWS_WITH_AS(parse_fill(name), doctest::Contains("known: segment-mean"), UsageError);
}

TEST_CASE("fill: each channel by itself") {
  std::vector<float> colour;
  for (const float value : kPlane) colour.insert(colour.end(), {value, 1 - value, 0.5f});
  for (const char* text : {"segment-mean", "image-mean", "0.125", "blur(1)"}) {
    const std::vector<float> filled = fill_picture(parse_fill(text), colour, kLabels, 2, 2, 3, 3);
    const std::vector<float> red = fill(text);
    for (std::size_t i = 0; i < 6; ++i) CHECK(filled[3 * i] == red[i]);
  }
  const std::vector<float> means =
      fill_picture(parse_fill("segment-mean"), colour, kLabels, 2, 2, 3, 3);
  CHECK(means[1] == 0.75f);
  CHECK(means[2] == 0.5f);
}
