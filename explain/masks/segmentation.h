// segmentation.h: an image cut into superpixels, which LIME and Kernel SHAP switch on and off.
//
//   quickshift  kernels/superpixel/quickshift.h on the picture in Lab times `ratio`
//   slic        kernels/superpixel/slic.h on the picture scaled to [0, 1], in Lab if it has colours,
//               smoothed by a Gaussian of `sigma`, divided by `compactness`
//   grid        grid × grid rectangles of equal size, to a pixel
//
// As scikit-image 0.19 defines them (its labels of slic start at 0 here). A grey picture stays one
// channel: quickshift takes L of Lab alone. Of a picture of three equal channels a and b would be
// below 0.004, since the sRGB matrix and its white are rounded to six digits.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "explain/masks/segments.h"
#include "nn/data/pixels.h"
#include "runtime/stream.h"

namespace pellucid {

inline constexpr std::uint64_t kSegmentationNoiseStream = 0x4E4F495345000000;  // "NOISE"

struct SegmenterOptions {
  std::string name = "quickshift";  // or "slic", "grid"

  // quickshift
  double kernel_size = 4;  // 1 … 100 pixels
  double max_dist = 200;   // at which trees are cut, pixels
  double ratio = 0.2;      // of colour (L is 0 … 100) against place, 0 … 1
  std::uint64_t noise_seed = 0;
  // (height, width), about 1e-5, in place of normal noise by noise_seed; to repeat another program.
  std::optional<std::vector<double>> noise;

  // slic
  int n_segments = 50;     // asked for; about as many come
  double compactness = 0;  // colour of a grid step's weight; 0: 10 in Lab, 0.1 for grey in [0, 1]
  double sigma = 0;        // pixels; 0: no smoothing

  int grid = 7;
};

// grey: (height, width); rgb: (height, width, 3), sRGB; of any depth. Throw Error for an empty picture, pixels
// that do not fill it, more than kMaxSegments segments; UsageError for a name that is unknown or a
// setting outside its range.
Segments segment(Stream& stream, const Pixels& grey, int height, int width,
                 const SegmenterOptions& options);
Segments segment_rgb(Stream& stream, const Pixels& rgb, int height, int width,
                     const SegmenterOptions& options);

const std::vector<std::string>& segmenters();  // their names

// count values 1e-5 · N(0, 1), from Philox by Box and Muller.
std::vector<double> segmentation_noise(std::size_t count, std::uint64_t seed);

// L of CIE Lab (D65) of the grey levels 0 … white.
std::vector<double> grey_lightness(int white = kWhite8);
// rgb: (count, 3), sRGB in [0, 1], replaced by L, a, b.
void rgb_to_lab(std::span<double> rgb);

}  // namespace pellucid
