// otsu.h: a picture's threshold between dark and bright (Otsu, IEEE Trans. SMC 9, 1979).
#pragma once

#include "nn/data/image.h"

namespace pellucid {

// The t in 0 … 254 for which the classes "≤ t" and "> t", of sizes n0, n1 and means m0, m1, have
// the largest n0·n1·(m0 − m1)²; the first such t. 0 if the picture has only one level, or no pixel.
int otsu_threshold(const GreyImage& image);

// 255 where the level is above `threshold`, else 0.
GreyImage binarise(const GreyImage& image, int threshold);

}  // namespace pellucid
