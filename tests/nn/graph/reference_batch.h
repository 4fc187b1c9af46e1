// reference_batch.h: the values of the reference network, in double, and what moves them or scales them.
#pragma once

#include <vector>

#include "runtime/formats/json.h"

namespace pellucid::test {

// (n, h, w, c); flat features have h = w = 1.
struct Batch {
  int n, h, w, c;
  std::vector<double> values;

  Batch(int n_, int h_, int w_, int c_)
      : n(n_), h(h_), w(w_), c(c_), values(static_cast<std::size_t>(n) * h * w * c) {}
  double& at(int i, int y, int x, int k) {
    return values[((static_cast<std::size_t>(i) * h + y) * w + x) * c + k];
  }
  double at(int i, int y, int x, int k) const {
    return values[((static_cast<std::size_t>(i) * h + y) * w + x) * c + k];
  }
  bool holds(int y, int x) const { return y >= 0 && y < h && x >= 0 && x < w; }
};

// The layers concat (of channels), affine (by numbers of each channel, or one of all), reshape, rearrange
// and resize.
Batch concatenated(const std::vector<const Batch*>& xs);
Batch scaled_and_shifted(const Json& layer, Batch x);
Batch reshaped(const Json& layer, Batch x);
Batch rearranged(const Json& layer, const Batch& x);
Batch resized(const Json& layer, const Batch& x);

}  // namespace pellucid::test
