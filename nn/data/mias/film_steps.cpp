// film_steps.cpp: what the protocols of mini-MIAS do to a film, as steps that run on any picture: one of
// another size is taken for a whole film.
#include <algorithm>
#include <cmath>

#include "nn/data/mias/clahe.h"
#include "nn/data/mias/film.h"
#include "nn/data/mias/preprocess.h"
#include "nn/data/preparation.h"
#include "nn/data/resize.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

// The picture's plane of 8 bits, out of it.
GreyImage taken_plane(PictureUnderway& picture) {
  require(picture.image.planes == 1, "films are grey, this picture is in colour");
  if (picture.image.pixels.white() != kWhite8)
    picture.done.push_back(concat("reduced to 8 bits, as CLAHE takes them, from ",
                                  picture.image.pixels.white() + 1, " levels"));
  return grey_plane(std::move(picture.image));
}

bool is_side(const PictureUnderway& picture, int side) {
  return picture.image.width == side && picture.image.height == side;
}

void remove_noise(PictureUnderway& picture) {
  if (!is_side(picture, kMiasSide) && !is_side(picture, kMiasFilmSide))
    resize(picture, kMiasFilmSide, kMiasFilmSide, resize_by_area);
  const GreyImage plane = taken_plane(picture);
  picture.image = black_out(plane, find_breast(resize_bilinear(plane, kMiasSide, kMiasSide)).kept);
  picture.done.emplace_back("all but the breast blacked out");
}

// The circle around the lesion as Info.txt would give it, had the picture been a film.
std::optional<MiasLesion> lesion_of(const PictureUnderway& picture) {
  const auto& circle = picture.original_annotation;
  if (!circle) return std::nullopt;
  const double scale_x = static_cast<double>(kMiasFilmSide) / picture.original_width,
               scale_y = static_cast<double>(kMiasFilmSide) / picture.original_height;
  const auto whole = [](double value) { return static_cast<int>(std::lround(value)); };
  return MiasLesion{whole(circle->x * scale_x), whole(kMiasFilmSide - circle->y * scale_y),
                    whole(circle->radius * std::sqrt(scale_x * scale_y))};
}

void crop_film(PictureUnderway& picture, MiasProtocol protocol) {
  const int side = protocol == MiasProtocol::paper ? kMiasSide : kMiasFilmSide;
  require(is_side(picture, side), "the crop of a film is from ", side, " x ", side,
          " pixels, this picture has ", picture.image.width, " x ", picture.image.height);
  FilmPlanes planes;
  planes.protocol = protocol;
  planes.enhanced = taken_plane(picture);
  const std::optional<MiasLesion> lesion = lesion_of(picture);
  const Box box = lesion ? lesion_crop(planes, *lesion) : middle_crop(planes);
  picture.image = resize_bilinear(planes.enhanced, box, box.width(), box.height());
  picture.done.push_back(
      concat("cut to ", box.width(), " x ", box.height(), " from column ", box.x0, ", row ", box.y0,
             lesion ? " around the circle" : " in the middle, for want of a circle"));
  if (!lesion) return;
  // In the order of circle_in_crop, so that the sums are the same.
  const double scale = static_cast<double>(side) / kMiasFilmSide;
  picture.annotation =
      Circle{lesion->x * scale - box.x0, side - lesion->y * scale - box.y0, lesion->radius * scale};
}

PreparationAction parse_noise_removal(const JsonView& value, const JsonView&) {
  if (value.text() != kMiasNoiseRemoval) value.fail_expected(concat('"', kMiasNoiseRemoval, '"'));
  return remove_noise;
}

PreparationAction parse_clahe(const JsonView& value, const JsonView&) {
  value.expect_keys({"clip_limit", "tiles"});
  const double clip_limit = value.at("clip_limit").number(1e-3, 1e3);
  const JsonView tiles = value.at("tiles");
  tiles.array_size(2, 2);
  const auto count = tiles.element(0).integer(1, 64);
  tiles.element(1).integer(count, count);
  return [clip_limit, tiles = static_cast<int>(count)](PictureUnderway& picture) {
    picture.image = equalise_adaptive(taken_plane(picture), clip_limit, tiles);
    picture.done.emplace_back("CLAHE");
  };
}

PreparationAction parse_crop(const JsonView& value, const JsonView&) {
  if (value.text() != kMiasPaperCrop) value.fail_expected(concat('"', kMiasPaperCrop, '"'));
  return [](PictureUnderway& picture) { crop_film(picture, MiasProtocol::paper); };
}

PreparationAction parse_window(const JsonView& value, const JsonView&) {
  value.array_size(2, 2);
  for (std::size_t i = 0; i < 2; ++i) value.element(i).integer(kMiasWindow, kMiasWindow);
  return [](PictureUnderway& picture) { crop_film(picture, MiasProtocol::fixed_scale); };
}

}  // namespace

extern const PreparationStep noise_removal_step;
const PreparationStep noise_removal_step{"noise_removal", parse_noise_removal};
extern const PreparationStep clahe_step;
const PreparationStep clahe_step{"clahe", parse_clahe};
extern const PreparationStep crop_step;
const PreparationStep crop_step{"crop", parse_crop};
extern const PreparationStep window_step;
const PreparationStep window_step{"window", parse_window, {"centre", "seed"}};

}  // namespace pellucid
