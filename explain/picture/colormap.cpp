#include "explain/picture/colormap.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace pellucid {
namespace {

constexpr std::array<Rgb, 10> kPlasma = {{{0x0d, 0x08, 0x87},
                                          {0x46, 0x03, 0x9f},
                                          {0x72, 0x01, 0xa8},
                                          {0x9c, 0x17, 0x9e},
                                          {0xbd, 0x37, 0x86},
                                          {0xd8, 0x57, 0x6b},
                                          {0xed, 0x79, 0x53},
                                          {0xfb, 0x9f, 0x3a},
                                          {0xfd, 0xca, 0x26},
                                          {0xf0, 0xf9, 0x21}}};

constexpr std::array<Rgb, 5> kBlueWhiteRed = {{{0x05, 0x30, 0x61},
                                               {0x43, 0x93, 0xc3},
                                               {0xf7, 0xf7, 0xf7},
                                               {0xd6, 0x60, 0x4d},
                                               {0x67, 0x00, 0x1f}}};

std::uint8_t mix(std::uint8_t a, std::uint8_t b, double t) {
  return static_cast<std::uint8_t>(std::lround(a + (b - a) * t));
}

// `value` in [0, 1], from the first colour to the last.
template <std::size_t kColours>
Rgb between(const std::array<Rgb, kColours>& colours, double value) {
  const double place = (value > 0 ? std::min(value, 1.0) : 0.0) * (kColours - 1);
  const std::size_t index = std::min(static_cast<std::size_t>(place), kColours - 2);
  const double t = place - static_cast<double>(index);
  const Rgb &a = colours[index], &b = colours[index + 1];
  return {mix(a.red, b.red, t), mix(a.green, b.green, t), mix(a.blue, b.blue, t)};
}

}  // namespace

Rgb plasma(double value) { return between(kPlasma, value); }

Rgb blue_white_red(double value) { return between(kBlueWhiteRed, (value + 1) / 2); }

}  // namespace pellucid
