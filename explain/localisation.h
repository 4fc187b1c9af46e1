// localisation.h: does a map point at the lesion?
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "explain/explanation.h"
#include "nn/data/image.h"

namespace pellucid {

// Where a lesion is: 1 inside, 0 outside, (height, width).
struct LesionArea {
  int height = 0, width = 0;
  std::vector<std::uint8_t> inside;

  double share() const;  // of the picture, in [0, 1]
};

LesionArea area_of_mask(std::span<const std::uint8_t> mask, int height, int width);
// A pixel is inside if its centre is.
LesionArea area_of_circle(const Circle& circle, int height, int width);

// The pointing game (Zhang et al., ECCV 2016): whether a maximum of `map` (height, width) lies
// inside; of several equal ones, any. A uniform map points nowhere: false.
bool points_into(std::span<const float> map, const LesionArea& area);
// The same of an explanation; a superpixel points with its middle, since all its pixels are maxima.
bool points_into(const Explanation& explanation, const LesionArea& area);

// Relevance mass accuracy (Arras, Osman & Samek, "CLEVR-XAI", Information Fusion 2022): the share of
// the map's positive values, in [0, 1], that lies inside. Nothing if no value is positive.
std::optional<double> mass_accuracy(std::span<const float> map, const LesionArea& area);

// Relevance rank accuracy (ibid.): of as many pixels as the lesion has, those with the greatest
// values (scores/ranking.h), the share that lies inside, in [0, 1]. Nothing without a lesion.
std::optional<double> rank_accuracy(std::span<const float> map, const LesionArea& area);

// (row, column) of a superpixel's pixel nearest to its centre of mass. labels: (height, width).
std::array<int, 2> superpixel_middle(std::span<const std::int32_t> labels, std::int32_t label,
                                     int width);
// That of the strongest superpixel, the first of equal ones: where a map that is constant over
// superpixels points.
std::array<int, 2> superpixel_peak(std::span<const float> map, std::span<const std::int32_t> labels,
                                   int width);

// (row, column) of the first maximum of `map` in row-major order.
std::array<int, 2> peak_position(std::span<const float> map, int width);

}  // namespace pellucid
