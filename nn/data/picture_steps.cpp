// picture_steps.cpp: what networks of photographs are used to: the short side to a size, then a cut from the middle.
#include <algorithm>
#include <cmath>

#include "nn/data/preparation.h"
#include "nn/data/resize.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

constexpr int kMaxSide = 4096;

PreparationAction parse_short_side(const JsonView& value, const JsonView& recipe) {
  const int side = static_cast<int>(value.integer(1, kMaxSide));
  const JsonView interpolation = recipe.at("interpolation");
  if (interpolation.text() != kAreaThenBilinear)
    interpolation.fail_expected(concat('"', kAreaThenBilinear, '"'));
  return [side](PictureUnderway& picture) {
    const int w = picture.image.width, h = picture.image.height, least = std::min(w, h);
    // The long side rounded down, as torchvision's Resize does.
    const auto scaled = [&](int length) {
      return static_cast<int>(std::int64_t{length} * side / least);
    };
    require(scaled(std::max(w, h)) <= kMaxSide * 4, "a picture of ", w, " x ", h,
            " is too long for a short side of ", side);
    resize(picture, h == least ? side : scaled(h), w == least ? side : scaled(w), resize_by_area);
  };
}

Image cut(const Image& image, int x, int y, int width, int height) {
  return image.pixels.visit([&](const auto& values) {
    std::remove_cvref_t<decltype(values)> kept;
    const auto planes = static_cast<std::ptrdiff_t>(image.planes);
    kept.reserve(static_cast<std::size_t>(planes * width * height));
    for (int row = y; row < y + height; ++row) {
      const auto begin = values.begin() + (std::ptrdiff_t{row} * image.width + x) * planes;
      kept.insert(kept.end(), begin, begin + planes * width);
    }
    return Image(width, height, image.planes, Pixels(std::move(kept), image.pixels.white()));
  });
}

PreparationAction parse_centre_cut(const JsonView& value, const JsonView&) {
  value.array_size(2, 2);
  const int height = static_cast<int>(value.element(0).integer(1, kMaxSide)),
            width = static_cast<int>(value.element(1).integer(1, kMaxSide));
  return [height, width](PictureUnderway& picture) {
    const int w = picture.image.width, h = picture.image.height;
    require(w >= width && h >= height, "a cut of ", width, " x ", height,
            " is larger than the picture of ", w, " x ", h);
    const int x = (w - width + 1) / 2, y = (h - height + 1) / 2;
    picture.image = cut(picture.image, x, y, width, height);
    if (auto& circle = picture.annotation) {
      circle->x -= x;
      circle->y -= y;
    }
    picture.done.push_back(concat("cut to ", width, " x ", height, " in the middle"));
  };
}

}  // namespace

extern const PreparationStep short_side_step, centre_cut_step;
const PreparationStep short_side_step{"short_side", parse_short_side, {"interpolation"}};
const PreparationStep centre_cut_step{"centre_cut", parse_centre_cut};

}  // namespace pellucid
