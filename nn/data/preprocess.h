// preprocess.h: from a film to the network's input, as Balve & Hendrix (CHIL 2024) did it with
// OpenCV:
//
//   film → resize to 224 × 224 → remove_noise → enhance → crop box → resize to 224 × 224
//
// Integer and fp32 arithmetic in a fixed order, compiled without contraction: the same bytes on
// every machine.
#pragma once

#include "nn/data/image.h"

namespace pellucid {

struct NoiseFree {
  GreyImage image;
  int threshold = 0;  // Otsu's
};

// Blacks out what is not breast (film markers, scan edges): Otsu's threshold, closing and opening
// by a 5 × 5 ellipse, the largest component with its holes filled, dilated by a 55 × 55 ellipse, is
// the mask of what is kept. Throws Error if nothing is left to keep, as of a black picture.
NoiseFree remove_noise(const GreyImage& image);

// CLAHE with clip limit 2 on 8 × 8 tiles. Throws Error unless both sides are multiples of 8.
GreyImage enhance(const GreyImage& image);

// The crop around a lesion in a plane of side × side pixels: the circle (x, y, radius) is given in
// pixels of a film of film_side × film_side with its origin BOTTOM-left, is scaled down, and is
// enclosed: rows ⌊H − y − r⌋ … ⌈H − y + r⌉, columns ⌊x − r⌋ … ⌈x + r⌉ (ends excluded).
// Throws Error if the box is empty or leaves the plane.
Box lesion_box(int x, int y, int radius, int film_side, int side);

// The crop of a picture without a lesion: the middle, a quarter of the side (84 … 140 of 224).
Box centre_box(int side);

// The largest level in a box that lies in the picture.
int brightest(const GreyImage& image, const Box& box);

}  // namespace pellucid
