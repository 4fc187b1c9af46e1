#include "nn/data/mias/preprocess.h"

#include <algorithm>
#include <cmath>

#include "nn/data/mias/clahe.h"
#include "nn/data/mias/morphology.h"
#include "nn/data/mias/otsu.h"
#include "runtime/error.h"

namespace pellucid {

BreastMask find_breast(const GreyImage& image) {
  BreastMask result;
  result.threshold = otsu_threshold(image);
  GreyImage mask = binarise(image, result.threshold);
  mask = erode(dilate(mask, ellipse_5()), ellipse_5());
  mask = dilate(erode(mask, ellipse_5()), ellipse_5());
  result.breast = largest_component_filled(mask);
  result.kept = dilate(result.breast, ellipse_55());
  const std::vector<std::uint8_t>& kept = result.kept.pixels;
  require(std::find(kept.begin(), kept.end(), 255) != kept.end(),
          "no breast can be told from the background (found nothing of 5 × 5 pixels above the Otsu "
          "threshold of ",
          result.threshold, ")");
  return result;
}

GreyImage black_out(const GreyImage& image, const GreyImage& mask) {
  GreyImage result = image;
  for (int y = 0; y < image.height; ++y) {
    const std::uint8_t* keep = mask.row(y * mask.height / image.height);
    for (int x = 0; x < image.width; ++x) result.at(y, x) &= keep[x * mask.width / image.width];
  }
  return result;
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

Box window_box(int column, int row, int window, int side) {
  const int x0 = std::clamp(column - window / 2, 0, side - window);
  const int y0 = std::clamp(row - window / 2, 0, side - window);
  return {y0, y0 + window, x0, x0 + window};
}

int brightest(const GreyImage& image, const Box& box) {
  int result = 0;
  for (int y = box.y0; y < box.y1; ++y)
    for (int x = box.x0; x < box.x1; ++x) result = std::max<int>(result, image.at(y, x));
  return result;
}

}  // namespace pellucid
