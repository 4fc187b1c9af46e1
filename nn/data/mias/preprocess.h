// preprocess.h: from a film to the network's input, as Balve & Hendrix (CHIL 2024) did it with
// OpenCV:
//
//   film → resize to 224 × 224 → find_breast, black_out → enhance → crop box → resize to 224 × 224
//
// and the same steps on the film at full resolution with a crop of fixed scale (nn/data/mias/film.h).
// Integer and fp32 arithmetic in a fixed order, compiled without contraction: the same bytes on
// every machine.
#pragma once

#include "nn/data/image.h"

namespace pellucid {

// Masks of 255 and 0.
struct BreastMask {
  GreyImage breast;   // the largest component above Otsu's threshold, its holes filled
  GreyImage kept;     // the breast with a rim: dilated by a 55 × 55 ellipse
  int threshold = 0;  // Otsu's
};

// Tells breast from what is not (film markers, scan edges): Otsu's threshold, closing and opening
// by a 5 × 5 ellipse, largest component. The rim is 27 pixels, so `image` should be of 224 × 224.
// Throws Error if nothing is left, as of a black picture.
BreastMask find_breast(const GreyImage& image);

// The image with 0 where the mask is 0. A smaller mask is enlarged to the nearest pixel.
GreyImage black_out(const GreyImage& image, const GreyImage& mask);

// CLAHE with clip limit 2 on 8 × 8 tiles. Throws Error unless both sides are multiples of 8.
GreyImage enhance(const GreyImage& image);

// The crop around a lesion in a plane of side × side pixels: the circle (x, y, radius) is given in
// pixels of a film of film_side × film_side with its origin BOTTOM-left, is scaled down, and is
// enclosed: rows ⌊H − y − r⌋ … ⌈H − y + r⌉, columns ⌊x − r⌋ … ⌈x + r⌉ (ends excluded).
// Throws Error if the box is empty or leaves the plane.
Box lesion_box(int x, int y, int radius, int film_side, int side);

// The crop of a picture without a lesion: the middle, a quarter of the side (84 … 140 of 224).
Box centre_box(int side);

// window × window pixels around (column, row) in a plane of side × side ≥ window × window, moved
// into the plane where it would leave it.
Box window_box(int column, int row, int window, int side);

// The largest level in a box that lies in the picture.
int brightest(const GreyImage& image, const Box& box);

}  // namespace pellucid
