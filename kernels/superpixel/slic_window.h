// slic_window.h: the rows or columns that a centre can own, the same on host and device.
#pragma once

namespace pellucid {

struct SlicWindow {
  int begin, end;  // [begin, end)
  constexpr bool holds(int i) const { return i >= begin && i < end; }
};

// The place and colour of a centre that lost its pixels: its window is empty.
constexpr double kSlicGone = -1e9;

// place: of the centre, in [0, size), or kSlicGone.
constexpr SlicWindow slic_window(double place, int reach, int size) {
  if (place == kSlicGone) return {0, 0};
  const double low = place - reach, high = place + reach + 1;
  return {low > 0 ? static_cast<int>(low) : 0, high < size ? static_cast<int>(high) : size};
}

}  // namespace pellucid
