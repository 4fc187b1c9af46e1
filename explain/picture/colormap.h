// colormap.h: from a magnitude to a colour, perceptually ordered and readable to colour-blind eyes.
#pragma once

#include <cstdint>

namespace pellucid {

struct Rgb {
  std::uint8_t red = 0, green = 0, blue = 0;
  bool operator==(const Rgb&) const = default;
};

// The map "plasma" (S. van der Walt, N. Smith, 2015; CC0): dark blue over magenta to yellow, with
// lightness rising all the way, and no grey in it that could be taken for the picture beneath.
// Interpolated between its values at 0, 1/9, …, 1. `value` is clamped to [0, 1]; NaN counts as 0.
Rgb plasma(double value);

// Evidence: −1 dark blue (against), 0 white, 1 dark red (for); clamped. After ColorBrewer's RdBu.
Rgb blue_white_red(double value);

}  // namespace pellucid
