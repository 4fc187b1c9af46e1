#include "explain/colormap.h"

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

std::uint8_t mix(std::uint8_t a, std::uint8_t b, double t) {
  return static_cast<std::uint8_t>(std::lround(a + (b - a) * t));
}

}  // namespace

Rgb plasma(double value) {
  const double place = (value > 0 ? std::min(value, 1.0) : 0.0) * (kPlasma.size() - 1);
  const std::size_t index = std::min(static_cast<std::size_t>(place), kPlasma.size() - 2);
  const double t = place - static_cast<double>(index);
  const Rgb &a = kPlasma[index], &b = kPlasma[index + 1];
  return {mix(a.red, b.red, t), mix(a.green, b.green, t), mix(a.blue, b.blue, t)};
}

}  // namespace pellucid
