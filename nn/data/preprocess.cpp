#include "nn/data/preprocess.h"

#include <algorithm>
#include <cmath>

#include "nn/data/clahe.h"
#include "nn/data/morphology.h"
#include "nn/data/otsu.h"
#include "runtime/error.h"

namespace pellucid {

NoiseFree remove_noise(const GreyImage& image) {
  const int threshold = otsu_threshold(image);
  GreyImage mask = binarise(image, threshold);
  mask = erode(dilate(mask, ellipse_5()), ellipse_5());
  mask = dilate(erode(mask, ellipse_5()), ellipse_5());
  mask = dilate(largest_component_filled(mask), ellipse_55());
  require(std::find(mask.pixels.begin(), mask.pixels.end(), 255) != mask.pixels.end(),
          "no breast can be told from the background (found nothing of 5 × 5 pixels above the Otsu "
          "threshold of ",
          threshold, ")");
  std::transform(image.pixels.begin(), image.pixels.end(), mask.pixels.begin(), mask.pixels.begin(),
                 [](std::uint8_t a, std::uint8_t b) { return a & b; });
  return {std::move(mask), threshold};
}

GreyImage enhance(const GreyImage& image) { return equalise_adaptive(image, 2.0, 8); }

Box lesion_box(int x, int y, int radius, int film_side, int side) {
  const double scale = static_cast<double>(side) / film_side;
  const double column = x * scale, up = y * scale, reach = radius * scale;
  const auto trunc = [](double value) { return static_cast<int>(value); };
  const auto ceil = [](double value) { return static_cast<int>(std::ceil(value)); };
  const Box box{trunc(side - up - reach), ceil(side - up + reach), trunc(column - reach),
                ceil(column + reach)};
  // Truncation moves a coordinate in (−1, 0) to 0; the authors' code does so too.
  require(radius >= 1 && box.y0 >= 0 && box.x0 >= 0 && box.y1 <= side && box.x1 <= side &&
              box.y0 < box.y1 && box.x0 < box.x1,
          "the circle leaves the film (found x ", x, ", y ", y, ", radius ", radius,
          "; expected a circle within ", film_side, " × ", film_side, ")");
  return box;
}

Box centre_box(int side) {
  const int crop = side / 4, start = (side - crop) / 2;
  return {start, start + crop, start, start + crop};
}

int brightest(const GreyImage& image, const Box& box) {
  int result = 0;
  for (int y = box.y0; y < box.y1; ++y)
    for (int x = box.x0; x < box.x1; ++x) result = std::max<int>(result, image.at(y, x));
  return result;
}

}  // namespace pellucid
