// blur_rule.h: a classifier that sees one number of a picture, how sharp it is. Where it does as well
// as a network, the data betray the class by their scale or focus, and the network may have learnt
// nothing else.
#pragma once

#include <span>
#include <vector>

#include "nn/data/dataset.h"

namespace pellucid {

// log of the variance of the Laplacian (kernel 0 1 0 / 1 −4 1 / 0 1 0, edges mirrored without
// repeating the edge pixel, as cv2.Laplacian) of the picture in units of 1/255 of its white; of several
// planes together. At least log(1e-6), that of a uniform picture.
double log_laplacian_variance(const Pixels& pixels, int height, int width, int planes);

// One Gaussian a class over that number, all classes equally likely beforehand.
class BlurRule {
 public:
  // Means and variances (n − 1) of each class in `samples`; a class of one sample, or of equal ones,
  // gets the variance of all. A class without samples is never predicted. Throws Error for no samples.
  BlurRule(std::span<const Sample> samples, const Dataset& dataset);

  // p(class | x).
  std::vector<double> probabilities(double x) const;

 private:
  struct Gaussian {
    double samples = 0, mean = 0, variance = 0;
  };
  std::vector<Gaussian> classes_;
};

}  // namespace pellucid
