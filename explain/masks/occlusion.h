// occlusion.h: what the score loses when a window of the picture is covered (M. D. Zeiler & R. Fergus,
// "Visualizing and understanding convolutional networks", ECCV 2014).
//
//   map[pixel] = mean over the windows w that cover it of f(picture) − f(picture with w filled)
//
// Windows of `window` × `window` pixels stand every `stride` pixels from the upper left corner on, as
// many as it takes to cover the picture; the last ones reach over its border. The window being a
// multiple of the stride, each is a set of cells of stride × stride pixels: they are the superpixels of
// explain/masks/masked_scores.h, and a window a mask. So do captum's Occlusion's windows lie, with
// sliding_window_shapes (C, window, window) and strides (C, stride, stride).
#pragma once

#include <span>
#include <vector>

#include "explain/masks/coalitions.h"
#include "explain/masks/segments.h"

namespace pellucid {

// Pixels. 0: four strides for the window; for the stride, a 28th of the picture's shorter side, or of
// a window that is given the largest whole part up to its fourth. Without either, windows of 32 every 8
// pixels for a side of 224, of 8 every 2 for 64.
struct OcclusionOptions {
  int window = 0, stride = 0;
};

class OcclusionWindows {
 public:
  // Throws UsageError for a window or stride that is larger than the picture, a window that is no
  // multiple of the stride, and more than kMaxSegments cells.
  OcclusionWindows(int height, int width, const OcclusionOptions& options);

  int window() const { return span_ * stride_; }
  int stride() const { return stride_; }
  int rows() const { return rows_; }  // of windows
  int columns() const { return columns_; }
  int count() const { return rows_ * columns_; }
  Segments cells() const;
  // A row a window, in row order: all cells on but those that it covers.
  HostCoalitions masks() const;
  // scores: of the windows; full: of the picture. → a cell each, the map's value there.
  std::vector<double> attributions(std::span<const double> scores, double full) const;
  // The same for all classes. scores: (windows, classes); full: (classes).
  std::vector<std::vector<double>> attributions_of_all(std::span<const double> scores,
                                                       std::span<const double> full) const;

 private:
  template <class Visit>
  void for_cells(int window, const Visit& visit) const;

  int height_, width_, stride_;
  int span_;  // cells of a window's side
  int cell_rows_, cell_columns_, rows_, columns_;
};

}  // namespace pellucid
