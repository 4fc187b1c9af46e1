// film.h: one mini-MIAS film, prepared by one of two protocols.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "nn/data/image.h"
#include "nn/data/mias/mias_info.h"
#include "runtime/random.h"

namespace pellucid {

inline constexpr int kMiasFilmSide = 1024;  // of the films
inline constexpr int kMiasSide = 224;       // of the network's input
inline constexpr int kMiasWindow = 256;     // of the fixed-scale protocol, in pixels of the film

// Of the recipes (nn/data/preparation.h).
inline constexpr std::string_view kMiasNoiseRemoval =
    "otsu, ellipse 5, largest component, ellipse 55";
inline constexpr std::string_view kMiasPaperCrop = "annotated circle or middle quarter";

enum class MiasProtocol {
  // The film reduced to 224 × 224, then cut to the annotated circle, of a normal to the middle
  // quarter, and enlarged. A lesion's scale depends on its size and a normal's does not, so that
  // blur alone tells the classes apart: to repeat the study with, not to trust.
  paper,
  // A window of 256 × 256 pixels of the film around the annotation's centre, of a normal around a
  // random place in the breast; reduced to 224 × 224. One scale for every class.
  fixed_scale,
};

// "paper" or "fixed-scale"; parse throws UsageError on any other name.
std::string_view to_string(MiasProtocol protocol);
MiasProtocol parse_mias_protocol(std::string_view name);

// The planes that the crop is cut from, of 8 bits: kMiasSide a side (paper) or kMiasFilmSide
// (fixed_scale).
struct FilmPlanes {
  MiasProtocol protocol = MiasProtocol::paper;
  GreyImage resized;     // the film at 224 × 224, in which the breast is found
  GreyImage breast;      // 255 in the breast, 224 × 224
  int otsu = 0;          // threshold between breast and background
  GreyImage noise_free;  // what is not breast blacked out
  GreyImage enhanced;    // then CLAHE
};

// A picture of another size is taken for a whole film, one of another depth reduced to 8 bits behind the
// first resizing: as the steps of the recipes do (nn/data/preparation.h). Throws Error if no breast can be
// told from the background, or for a picture in colour.
FilmPlanes prepare_film(Image film, MiasProtocol protocol);

// The square around the annotated circle, in pixels of planes.enhanced; throws Error if it leaves the
// film.
Box circle_box(const FilmPlanes& planes, const MiasLesion& lesion);

// The crop in planes.enhanced around a lesion; throws Error if its circle leaves the film.
Box lesion_crop(const FilmPlanes& planes, const MiasLesion& lesion);
// Of a normal, at fixed scale: a window around a random pixel of the breast, taken with the
// probability breast_share² and else drawn again. Lesions seldom lie at the breast's edge: of the
// windows on those of mini-MIAS, the share has the quartiles 0.75, 0.91, 1; around pixels drawn
// without regard to it 0.62, 0.80, 0.97, so that the background would tell normals from lesions. The
// paper's protocol does not look at `key`.
Box normal_crop(const FilmPlanes& planes, RandomKey key);
// The share of breast in a window of the film.
double breast_share(const FilmPlanes& planes, const Box& window);
// Of a film about which nothing is known: its middle.
Box middle_crop(const FilmPlanes& planes);

// The crop at kMiasSide × kMiasSide: the network's input.
GreyImage cut(const FilmPlanes& planes, const Box& crop);

// The annotated circle in pixels of cut(): with the paper's protocol it touches about all four sides
// (where the crop is not square, the radius is that of the circle of equal area); at fixed scale it
// may reach beyond them. plane_side: of planes.enhanced.
Circle circle_in_crop(const MiasLesion& lesion, const Box& crop, int plane_side);

}  // namespace pellucid
