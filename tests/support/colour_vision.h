// colour_vision.h: how far apart two colours look, with and without every kind of cone.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

namespace pellucid::test {

using Triple = std::array<double, 3>;

inline Triple linear(std::uint8_t red, std::uint8_t green, std::uint8_t blue) {
  const auto decode = [](std::uint8_t level) {
    const double v = level / 255.0;
    return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
  };
  return {decode(red), decode(green), decode(blue)};
}

inline Triple multiply(const std::array<Triple, 3>& m, const Triple& v) {
  Triple out{};
  for (std::size_t i = 0; i < 3; ++i) out[i] = m[i][0] * v[0] + m[i][1] * v[1] + m[i][2] * v[2];
  return out;
}

// CIE L*a*b* for the white of sRGB (D65).
inline Triple lab(const Triple& rgb) {
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
inline constexpr std::array<Triple, 3> kNormal = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
inline constexpr std::array<Triple, 3> kProtan = {{{0.152286, 1.052583, -0.204868},
                                                   {0.114503, 0.786281, 0.099216},
                                                   {-0.003882, -0.048116, 1.051998}}};
inline constexpr std::array<Triple, 3> kDeutan = {{{0.367322, 0.860646, -0.227968},
                                                   {0.280085, 0.672501, 0.047413},
                                                   {-0.011820, 0.042940, 0.968881}}};

// L*a*b* of a colour in linear RGB as such an eye sees it.
inline Triple seen_by(const std::array<Triple, 3>& vision, const Triple& linear_rgb) {
  Triple rgb = multiply(vision, linear_rgb);
  for (double& part : rgb) part = std::fmin(std::fmax(part, 0), 1);
  return lab(rgb);
}

inline double distance(const Triple& a, const Triple& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

}  // namespace pellucid::test
