#include "explain/picture/colormap.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "tests/support/colour_vision.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

Triple seen(double value, const std::array<Triple, 3>& vision, Rgb (*map)(double) = plasma) {
  const Rgb colour = map(value);
  return seen_by(vision, linear(colour.red, colour.green, colour.blue));
}

}  // namespace

TEST_CASE("plasma starts dark blue and ends yellow, and clamps") {
  CHECK(plasma(0) == Rgb{0x0d, 0x08, 0x87});
  CHECK(plasma(1) == Rgb{0xf0, 0xf9, 0x21});
  CHECK(plasma(-3) == plasma(0));
  CHECK(plasma(7) == plasma(1));
  CHECK(plasma(std::numeric_limits<double>::quiet_NaN()) == plasma(0));
}

TEST_CASE("plasma rises in lightness and keeps its steps apart for colour-blind eyes") {
  for (const auto& vision : {kNormal, kProtan, kDeutan}) {
    constexpr int kSteps = 64;
    for (int i = 1; i <= kSteps; ++i) {
      CAPTURE(i);
      CHECK(seen(static_cast<double>(i) / kSteps, vision)[0] >
            seen(static_cast<double>(i - 1) / kSteps, vision)[0]);
    }
    for (int i = 1; i <= 8; ++i) {
      CAPTURE(i);
      CHECK(distance(seen(i / 8.0, vision), seen((i - 1) / 8.0, vision)) >= 7);
    }
    CHECK(distance(seen(0, vision), seen(1, vision)) >= 100);
  }
  // No colour can be taken for a grey of the picture beneath. (Without one kind of cone, the way
  // from blue to yellow must pass through grey: there only lightness is left.)
  for (double value = 0; value <= 1; value += 0.05) {
    const Triple colour = seen(value, kNormal);
    CHECK(std::hypot(colour[1], colour[2]) >= 40);
  }
}

TEST_CASE("blue-white-red keeps evidence for and against apart in three visions") {
  CHECK(blue_white_red(0) == Rgb{0xf7, 0xf7, 0xf7});
  CHECK(blue_white_red(-7) == blue_white_red(-1));
  CHECK(blue_white_red(7) == blue_white_red(1));
  for (const auto& vision : {kNormal, kProtan, kDeutan}) {
    for (const double value : {0.25, 0.5, 0.75, 1.0}) {
      CAPTURE(value);
      CHECK(distance(seen(-value, vision, blue_white_red), seen(value, vision, blue_white_red)) >=
            (value < 0.5 ? 15 : 30));
    }
    for (int sign : {-1, 1})
      for (int i = 1; i <= 16; ++i)  // darker with every step away from 0
        CHECK(seen(sign * i / 16.0, vision, blue_white_red)[0] <
              seen(sign * (i - 1) / 16.0, vision, blue_white_red)[0]);
  }
}
