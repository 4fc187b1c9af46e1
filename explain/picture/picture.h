// picture.h: an explanation as a picture that a radiologist can read: the image as it is, beside it
// the image under its map, a colour bar with numbers, the annotation, and what was explained.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "explain/picture/bar_chart.h"
#include "explain/picture/canvas.h"
#include "nn/data/image.h"

namespace pellucid {

inline constexpr int kMinPanelSide = 448;  // smaller images are enlarged by a whole number

struct Overlay {
  int height = 0;  // of image, map and mask, pixels
  int width = 0;
  std::span<const std::uint8_t> image;     // (height, width), grey, or (height, width, 3), RGB
  std::span<const float> map;              // (height, width), in [0, 1]: how strong the colour is
  bool is_signed = false;                  // the map is in [−1, 1]: evidence against and for
  double low = 0, high = 1;                // what the ends of the colour bar stand for
  std::span<const std::int32_t> segments;  // (height, width), superpixels to outline; or empty
  BarChart bars;                           // of the superpixels, beside the panels; or empty
  std::array<int, 2> peak = {-1, -1};      // (row, column), marked by a cross; none if negative
  std::optional<Circle> circle;            // the annotation, in pixels of the image
  std::span<const std::uint8_t> mask;  // (height, width), its outline is drawn instead; or empty
  std::string title;                   // one line above the panels
  std::vector<std::string> captions;   // below them; wrapped where they are too long
};

// Equal input gives equal pixels. Throws Error if a span has not height · width elements.
Canvas draw_overlay(const Overlay& overlay);

}  // namespace pellucid
