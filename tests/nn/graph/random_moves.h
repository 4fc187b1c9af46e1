// random_moves.h: layers that move the values of a picture, or scale its channels, drawn at random.
#pragma once

#include <functional>

#include "runtime/formats/json.h"

namespace pellucid::test {

// A layer, without name and inputs, and the picture that it makes.
struct Move {
  Json layer;
  int h, w, c;
};

// Of a picture of h × w × c: affine, reshape, resize or rearrange. below(n): the next number drawn, 0 … n − 1.
Move random_move(const std::function<int(int)>& below, int h, int w, int c);

}  // namespace pellucid::test
