#include "nn/statistics/blur_rule.h"

#include <doctest/doctest.h>

#include <cmath>

#include "runtime/error.h"
#include "runtime/random.h"

using namespace pellucid;
using doctest::Approx;

TEST_CASE("blur: the variance of the Laplacian by hand") {
  // 0 0 0 / 0 9 0 / 0 0 0: beyond an edge lies its inner neighbour once more, so the four next to
  // the centre see it twice, 18; the centre gives −36; the corners see only zeros.
  const std::vector<std::uint8_t> point = {0, 0, 0, 0, 9, 0, 0, 0, 0};
  const double mean = (4 * 18 - 36) / 9.0, squares = (4 * 18 * 18 + 36 * 36) / 9.0;
  CHECK(log_laplacian_variance(point, 3, 3, 1) == Approx(std::log(squares - mean * mean)));
  CHECK(log_laplacian_variance(std::vector<std::uint8_t>(12, 7), 3, 4, 1) ==
        Approx(std::log(1e-6)));
  std::vector<std::uint8_t> colour;
  for (const std::uint8_t value : point) colour.insert(colour.end(), 3, value);
  CHECK(log_laplacian_variance(colour, 3, 3, 3) == log_laplacian_variance(point, 3, 3, 1));
  CHECK_THROWS_AS(log_laplacian_variance(point, 3, 4, 1), Error);
  // In units of 1/255 of white, whatever the depth; the squares of 16 bits are above 2^31.
  Pixels::Words words(9);
  words[4] = 9 * 257;
  CHECK(log_laplacian_variance(Pixels(words, 65535), 3, 3, 1) ==
        Approx(log_laplacian_variance(point, 3, 3, 1)));
  words[4] = 65535;
  CHECK(log_laplacian_variance(Pixels(words, 65535), 3, 3, 1) ==
        Approx(log_laplacian_variance(Pixels{0, 0, 0, 0, 255, 0, 0, 0, 0}, 3, 3, 1)));
}

TEST_CASE("blur: the rule tells classes of different sharpness, and only those") {
  Dataset set;
  set.height = set.width = 16;
  set.class_names = {"soft", "sharp", "absent"};
  const auto sample = [](int label, std::uint64_t seed, int levels) {
    Sample s;
    s.label = label;
    for (std::uint64_t i = 0; i < 256; ++i)
      s.pixels.bytes().push_back(static_cast<std::uint8_t>(
          100 + random_below({seed, 1}, i, static_cast<std::uint32_t>(levels))));
    return s;
  };
  for (std::uint64_t n = 0; n < 20; ++n) {
    set.train.push_back(sample(0, n, 10));
    set.train.push_back(sample(1, 100 + n, 60));
  }
  const BlurRule rule(set.train, set);
  const auto said = [&](const Sample& s) {
    return rule.probabilities(log_laplacian_variance(s.pixels, 16, 16, 1));
  };
  for (std::uint64_t n = 0; n < 10; ++n) {
    const std::vector<double> soft = said(sample(0, 500 + n, 10)),
                              sharp = said(sample(0, 600 + n, 60));
    CHECK(soft[0] > 0.99);
    CHECK(sharp[1] > 0.99);
    CHECK(soft[2] == 0);
    CHECK(soft[0] + soft[1] == Approx(1));
  }
  Dataset two = set;
  two.train = {set.train[0], set.train[1]};  // one each: the variance of both
  const double x0 = log_laplacian_variance(two.train[0].pixels, 16, 16, 1),
               x1 = log_laplacian_variance(two.train[1].pixels, 16, 16, 1);
  const BlurRule pair(two.train, two);
  CHECK(pair.probabilities((x0 + x1) / 2)[0] == Approx(0.5));
  // Variance (x1 − x0)²/2, so at x0 the log odds are (x1 − x0)²/(2·variance) = 1.
  CHECK(pair.probabilities(x0)[0] == Approx(1 / (1 + std::exp(-1.0))));
  CHECK_THROWS_AS(BlurRule({}, set), Error);
}
