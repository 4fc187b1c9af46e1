#include "nn/data/mias/morphology.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace pellucid {
namespace {

// Columns from each pixel of a row to the nearest 255 of that row; `far` if there is none.
void distance_in_row(const std::uint8_t* row, int width, int far, int* distance) {
  int from = far;
  for (int x = 0; x < width; ++x) {
    from = row[x] != 0 ? 0 : std::min(from + 1, far);
    distance[x] = from;
  }
  from = far;
  for (int x = width - 1; x >= 0; --x) {
    from = row[x] != 0 ? 0 : std::min(from + 1, far);
    distance[x] = std::min(distance[x], from);
  }
}

GreyImage invert(const GreyImage& mask) {
  GreyImage result(mask.width, mask.height);
  std::transform(mask.pixels.begin(), mask.pixels.end(), result.pixels.begin(),
                 [](std::uint8_t value) { return value != 0 ? 0 : 255; });
  return result;
}

// Index of pixel (y, x) moved by one of the eight directions, or −1 outside. The first four
// directions are the 4-connected ones.
constexpr std::array<std::array<int, 2>, 8> kDirections = {
    {{-1, 0}, {0, -1}, {0, 1}, {1, 0}, {-1, -1}, {-1, 1}, {1, -1}, {1, 1}}};

// Visits the pixels of `image` that are connected to `start` and equal to `value`, replaces them by
// `mark`, and returns their number.
std::size_t flood(GreyImage& image, int start, std::uint8_t value, std::uint8_t mark,
                  std::size_t directions, std::vector<int>& stack) {
  std::size_t count = 0;
  image.pixels[static_cast<std::size_t>(start)] = mark;
  stack.assign(1, start);
  while (!stack.empty()) {
    const int index = stack.back();
    stack.pop_back();
    ++count;
    const int y = index / image.width, x = index % image.width;
    for (std::size_t d = 0; d < directions; ++d) {
      const int to_y = y + kDirections[d][0], to_x = x + kDirections[d][1];
      if (to_y < 0 || to_y >= image.height || to_x < 0 || to_x >= image.width) continue;
      if (image.at(to_y, to_x) != value) continue;
      image.at(to_y, to_x) = mark;
      stack.push_back(to_y * image.width + to_x);
    }
  }
  return count;
}

}  // namespace

const StructuringElement& ellipse_5() {
  static const StructuringElement element{{0, 2, 2, 2, 0}};
  return element;
}

const StructuringElement& ellipse_55() {
  static const StructuringElement element = [] {
    constexpr std::array<int, 22> widths = {1,  15, 21, 25, 29, 33, 35, 37, 39, 41, 43,
                                            45, 45, 47, 49, 49, 51, 51, 51, 53, 53, 53};
    StructuringElement result{std::vector<int>(55, 27)};
    for (std::size_t i = 0; i < widths.size(); ++i)
      result.half_widths[i] = result.half_widths[54 - i] = widths[i] / 2;
    return result;
  }();
  return element;
}

GreyImage dilate(const GreyImage& mask, const StructuringElement& element) {
  // The element meets a 255 of row y + dy iff that row's nearest 255 is within the half width.
  const int far =
      mask.width + *std::max_element(element.half_widths.begin(), element.half_widths.end()) + 1;
  std::vector<int> distance(mask.pixels.size());
  for (int y = 0; y < mask.height; ++y)
    distance_in_row(mask.row(y), mask.width, far,
                    &distance[static_cast<std::size_t>(y) * static_cast<std::size_t>(mask.width)]);
  GreyImage result(mask.width, mask.height);
  const int reach = element.reach();
  for (int y = 0; y < mask.height; ++y) {
    std::uint8_t* out = result.row(y);
    const int first = std::max(y - reach, 0), last = std::min(y + reach, mask.height - 1);
    for (int from = first; from <= last; ++from) {
      const int half = element.half_widths[static_cast<std::size_t>(from - y + reach)];
      const int* near =
          &distance[static_cast<std::size_t>(from) * static_cast<std::size_t>(mask.width)];
      for (int x = 0; x < mask.width; ++x) out[x] |= near[x] <= half ? 255 : 0;
    }
  }
  return result;
}

GreyImage erode(const GreyImage& mask, const StructuringElement& element) {
  return invert(dilate(invert(mask), element));
}

GreyImage largest_component_filled(const GreyImage& mask) {
  constexpr std::uint8_t kUnseen = 255, kSeen = 1;
  GreyImage work = invert(invert(mask));
  std::vector<int> stack;
  std::size_t best_count = 0;
  int best_start = -1;
  for (int i = 0; i < static_cast<int>(work.pixels.size()); ++i) {
    if (work.pixels[static_cast<std::size_t>(i)] != kUnseen) continue;
    const std::size_t count = flood(work, i, kUnseen, kSeen, 8, stack);
    if (count > best_count) {
      best_count = count;
      best_start = i;
    }
  }
  GreyImage result(mask.width, mask.height);
  if (best_start < 0) return result;

  // The component alone, in a frame of one pixel of background, so that one flood from the corner
  // reaches everything outside it.
  constexpr std::uint8_t kComponent = 2, kOutside = 1;
  flood(work, best_start, kSeen, kComponent, 8, stack);
  GreyImage framed(mask.width + 2, mask.height + 2);
  for (int y = 0; y < mask.height; ++y)
    for (int x = 0; x < mask.width; ++x)
      if (work.at(y, x) == kComponent) framed.at(y + 1, x + 1) = kComponent;
  flood(framed, 0, 0, kOutside, 4, stack);
  for (int y = 0; y < mask.height; ++y)
    for (int x = 0; x < mask.width; ++x)
      result.at(y, x) = framed.at(y + 1, x + 1) == kOutside ? 0 : 255;
  return result;
}

}  // namespace pellucid
