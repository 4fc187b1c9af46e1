// blend.h: what becomes of opacity, inks and other samples beside the colours, in every format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pellucid {

// Leaves of each pixel its first `kept` samples.
template <class T>
void keep_first(std::vector<T>& values, std::size_t samples, std::size_t kept) {
  std::size_t out = 0;
  for (std::size_t in = 0; in < values.size(); in += samples)
    for (std::size_t c = 0; c < kept; ++c) values[out++] = values[in + c];
  values.resize(out);
}

// v · part / white, rounded.
inline std::uint32_t share(std::uint32_t v, std::uint32_t part, std::uint32_t white) {
  return (v * part + white / 2) / white;
}

// values: (pixels, planes + 1), the last of each its opacity a from 0 to `white`. They become
// (pixels, planes) as seen over black: each v · a / white. Returns whether any pixel was not opaque.
template <class T>
bool over_black(std::vector<T>& values, std::size_t planes, int white) {
  const auto most = static_cast<std::uint32_t>(white);
  bool transparent = false;
  std::size_t out = 0;
  for (std::size_t in = 0; in + planes < values.size(); in += planes + 1) {
    const std::uint32_t opacity = values[in + planes];
    transparent = transparent || opacity != most;
    for (std::size_t c = 0; c < planes; ++c)
      values[out++] = static_cast<T>(share(values[in + c], opacity, most));
  }
  values.resize(out);
  return transparent;
}

// values: (pixels, 4), how much of cyan, magenta, yellow and black is on white paper. They become
// (pixels, 3), red, green and blue: (white − ink) · (white − black) / white.
template <class T>
void inks_to_rgb(std::vector<T>& values, int white) {
  const auto most = static_cast<std::uint32_t>(white);
  std::size_t out = 0;
  for (std::size_t in = 0; in + 3 < values.size(); in += 4) {
    const std::uint32_t light = most - values[in + 3];
    for (std::size_t c = 0; c < 3; ++c)
      values[out++] = static_cast<T>(share(most - values[in + c], light, most));
  }
  values.resize(out);
}

}  // namespace pellucid
