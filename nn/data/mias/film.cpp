#include "nn/data/mias/film.h"

#include <cmath>

#include "nn/data/mias/preprocess.h"
#include "nn/data/resize.h"
#include "runtime/error.h"

namespace pellucid {
std::string_view to_string(MiasProtocol protocol) {
  return protocol == MiasProtocol::paper ? "paper" : "fixed-scale";
}

MiasProtocol parse_mias_protocol(std::string_view name) {
  for (const MiasProtocol protocol : {MiasProtocol::paper, MiasProtocol::fixed_scale})
    if (name == to_string(protocol)) return protocol;
  throw UsageError(concat("unknown protocol '", name, "' (known: paper, fixed-scale)"));
}

FilmPlanes prepare_film(Image film, MiasProtocol protocol) {
  FilmPlanes planes;
  planes.protocol = protocol;
  const bool whole = film.width == kMiasFilmSide && film.height == kMiasFilmSide;
  if (protocol == MiasProtocol::paper) film = resize_bilinear(film, kMiasSide, kMiasSide);
  else if (!whole) film = resize_by_area(film, kMiasFilmSide, kMiasFilmSide);
  const GreyImage plane = grey_plane(std::move(film));
  planes.resized = resize_bilinear(plane, kMiasSide, kMiasSide);
  BreastMask mask = find_breast(planes.resized);
  planes.breast = std::move(mask.breast);
  planes.otsu = mask.threshold;
  planes.noise_free = black_out(plane, mask.kept);
  planes.enhanced = enhance(planes.noise_free);
  return planes;
}

Box circle_box(const FilmPlanes& planes, const MiasLesion& lesion) {
  return lesion_box(lesion.x, lesion.y, lesion.radius, kMiasFilmSide, planes.enhanced.width);
}

Box lesion_crop(const FilmPlanes& planes, const MiasLesion& lesion) {
  const Box box = circle_box(planes, lesion);
  return planes.protocol == MiasProtocol::paper
             ? box
             : window_box(lesion.x, kMiasFilmSide - lesion.y, kMiasWindow, kMiasFilmSide);
}

Box normal_crop(const FilmPlanes& planes, RandomKey key) {
  if (planes.protocol == MiasProtocol::paper) return middle_crop(planes);
  std::vector<int> breast;
  for (std::size_t i = 0; i < planes.breast.pixels.size(); ++i)
    if (planes.breast.pixels[i] != 0) breast.push_back(static_cast<int>(i));
  const auto in_film = [](int pixel) { return (2 * pixel + 1) * kMiasFilmSide / (2 * kMiasSide); };
  for (std::uint64_t draw = 0;; draw += 2) {
    const auto place = random_below(key, draw, static_cast<std::uint32_t>(breast.size()));
    const int pixel = breast[place];
    const Box window = window_box(in_film(pixel % kMiasSide), in_film(pixel / kMiasSide),
                                  kMiasWindow, kMiasFilmSide);
    const double share = breast_share(planes, window);
    if (static_cast<double>(random_uniform(key, draw + 1)) < share * share) return window;
  }
}

double breast_share(const FilmPlanes& planes, const Box& window) {
  int inside = 0, all = 0;
  for (int y = 0; y < kMiasSide; ++y)
    for (int x = 0; x < kMiasSide; ++x) {
      const int row = (2 * y + 1) * kMiasFilmSide / (2 * kMiasSide),
                column = (2 * x + 1) * kMiasFilmSide / (2 * kMiasSide);
      if (row < window.y0 || row >= window.y1 || column < window.x0 || column >= window.x1)
        continue;
      ++all;
      inside += planes.breast.at(y, x) != 0;
    }
  return static_cast<double>(inside) / all;
}

Box middle_crop(const FilmPlanes& planes) {
  return planes.protocol == MiasProtocol::paper
             ? centre_box(kMiasSide)
             : window_box(kMiasFilmSide / 2, kMiasFilmSide / 2, kMiasWindow, kMiasFilmSide);
}

GreyImage cut(const FilmPlanes& planes, const Box& crop) {
  return resize_bilinear(planes.enhanced, crop, kMiasSide, kMiasSide);
}

Circle circle_in_crop(const MiasLesion& lesion, const Box& crop, int plane_side) {
  const double scale = static_cast<double>(plane_side) / kMiasFilmSide;
  const double enlarge_x = static_cast<double>(kMiasSide) / crop.width();
  const double enlarge_y = static_cast<double>(kMiasSide) / crop.height();
  return {(lesion.x * scale - crop.x0) * enlarge_x,
          (plane_side - lesion.y * scale - crop.y0) * enlarge_y,
          lesion.radius * scale * std::sqrt(enlarge_x * enlarge_y)};
}

}  // namespace pellucid
