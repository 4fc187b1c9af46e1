#include "tests/nn/graph/random_moves.h"

#include <algorithm>
#include <vector>

namespace pellucid::test {
namespace {

using Below = std::function<int(int)>;

// One scale and shift, or one of each channel; each exact in float.
Move affine(const Below& below, int h, int w, int c) {
  std::vector<double> scale, shift;
  const int numbers = below(2) == 0 ? 1 : c;
  for (int k = 0; k < numbers; ++k) {
    scale.push_back((below(2) == 0 ? 1 : -1) * (4 + below(8)) / 8.0);
    shift.push_back((below(9) - 4) / 8.0);
  }
  return {{{"type", "affine"}, {"scale", scale}, {"shift", shift}}, h, w, c};
}

Move reshape(const Below& below, int h, int w, int c) {
  const std::vector<std::vector<int>> shapes{{w, h, c}, {1, h * w, c}, {h, w * c, 1}};
  const std::vector<int>& made = shapes[static_cast<std::size_t>(below(3))];
  return {{{"type", "reshape"}, {"output", made}}, made[0], made[1], made[2]};
}

// Twice as large, where that stays small, or smaller.
Move resize(const Below& below, int h, int w, int c) {
  const char* const coordinates[] = {"half_pixel", "align_corners", "asymmetric"};
  const bool doubled = h <= 12 && w <= 12 && below(2) == 0;
  const int p = doubled ? 2 * h : 1 + below(h), q = doubled ? 2 * w : 1 + below(w);
  Json json{{"type", "resize"}, {"output", {p, q, c}}, {"coordinates", coordinates[below(3)]}};
  json["mode"] = below(2) == 0 ? "linear" : "nearest";
  if (json["mode"] == "nearest") json["nearest"] = below(2) == 0 ? "floor" : "round_prefer_floor";
  return {json, p, q, c};
}

// An axis turned round, channels shuffled, rows for columns, or a border added here and taken off there.
Move rearrange(const Below& below, int h, int w, int c) {
  std::vector<int> start(3), step(3, 1), extent{h, w, c};
  Json json{{"type", "rearrange"}};
  if (c > 2 && c % 2 == 0 && below(2) == 0) {
    json["view"] = {h, w, 2, c / 2};
    json["order"] = {0, 1, 3, 2};
    json["output"] = {h, w, c};
    return {json, h, w, c};
  }
  switch (below(4)) {
    case 0: {
      const auto axis = static_cast<std::size_t>(below(3));
      start[axis] = extent[axis] - 1;
      step[axis] = -1;
      break;
    }
    case 1:
      json["order"] = {1, 0, 2};
      return {json, w, h, c};
    default: {
      // ONNX's Pad does not mirror or wrap further than an axis is long.
      const char* const modes[] = {"constant", "edge", "reflect", "wrap"};
      json["mode"] = modes[below(std::min(h, w) > 3 ? 4 : 2)];
      for (std::size_t axis : {0, 1}) {
        start[axis] = below(3) - 1;
        extent[axis] = std::max(1, extent[axis] + below(4) - 1);
      }
      json["extent"] = extent;
      if (json["mode"] == "constant") json["value"] = below(2) * 0.5;
    }
  }
  json["start"] = start;
  json["step"] = step;
  return {json, extent[0], extent[1], extent[2]};
}

}  // namespace

Move random_move(const Below& below, int h, int w, int c) {
  switch (below(7)) {
    case 0:
      return affine(below, h, w, c);
    case 1:
      return reshape(below, h, w, c);
    case 2:
    case 3:
      return resize(below, h, w, c);
    default:
      return rearrange(below, h, w, c);
  }
}

}  // namespace pellucid::test
