#include "explain/colormap.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

using namespace pellucid;

namespace {

using Triple = std::array<double, 3>;

Triple linear(Rgb colour) {
  const auto decode = [](std::uint8_t level) {
    const double v = level / 255.0;
    return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
  };
  return {decode(colour.red), decode(colour.green), decode(colour.blue)};
}

Triple multiply(const std::array<Triple, 3>& m, const Triple& v) {
  Triple out{};
  for (std::size_t i = 0; i < 3; ++i) out[i] = m[i][0] * v[0] + m[i][1] * v[1] + m[i][2] * v[2];
  return out;
}

// CIE L*a*b* for the white of sRGB (D65).
Triple lab(const Triple& rgb) {
  const Triple xyz = multiply({{{0.4124564, 0.3575761, 0.1804375},
                                {0.2126729, 0.7151522, 0.0721750},
                                {0.0193339, 0.1191920, 0.9503041}}},
                              rgb);
  const auto f = [](double t) {
    return t > 216.0 / 24389 ? std::cbrt(t) : (24389.0 / 27 * t + 16) / 116;
  };
  const double x = f(xyz[0] / 0.95047), y = f(xyz[1]), z = f(xyz[2] / 1.08883);
  return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

// Complete protanopia and deuteranopia in linear RGB (Machado, Oliveira, Fernandes, IEEE TVCG
// 2009).
constexpr std::array<Triple, 3> kNormal = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
constexpr std::array<Triple, 3> kProtan = {{{0.152286, 1.052583, -0.204868},
                                            {0.114503, 0.786281, 0.099216},
                                            {-0.003882, -0.048116, 1.051998}}};
constexpr std::array<Triple, 3> kDeutan = {{{0.367322, 0.860646, -0.227968},
                                            {0.280085, 0.672501, 0.047413},
                                            {-0.011820, 0.042940, 0.968881}}};

Triple seen(double value, const std::array<Triple, 3>& vision, Rgb (*map)(double) = plasma) {
  Triple rgb = multiply(vision, linear(map(value)));
  for (double& part : rgb) part = std::fmin(std::fmax(part, 0), 1);
  return lab(rgb);
}

double distance(const Triple& a, const Triple& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
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
