// axes_cases.h: shapes of reduced and kept axes, for the operators that reduce along axes.
#pragma once

#include <string>
#include <vector>

#include "kernels/axes.h"
#include "kernels/variant.h"
#include "tests/support/device.h"

namespace pellucid::test {

inline std::string text_of(const AxesShape& s) {
  return concat("n ", s.n, ", r ", s.r[0], " ", s.r[1], " ", s.r[2], ", k ", s.k[0], " ", s.k[1],
                " ", s.k[2]);
}

// Rows and columns of every length about the borders of lanes, widths and parts; reduced axes apart; many
// groups of few values and few of many.
inline std::vector<AxesShape> axes_cases() {
  if (kSmallShapesOnly) return {{2, {1, 1, 35}, {1, 1, 3}}, {2, {1, 3, 5}, {1, 2, 1}}};
  std::vector<AxesShape> cases{
      {70001, {1, 1, 3}, {1, 1, 1}}, {1, {1, 1, 33001}, {1, 1, 1}}, {1, {1, 1, 12001}, {1, 1, 3}},
      {2, {1, 1, 2500}, {1, 1, 33}}, {3, {1, 49, 4}, {1, 5, 1}},    {2, {1, 4200, 8}, {1, 3, 1}},
      {2, {5, 1, 6}, {7, 1, 3}},     {2, {3, 2, 5}, {2, 3, 4}},     {1, {31, 2, 257}, {2, 2, 1}}};
  for (const int length : {1, 2, 3, 31, 32, 33, 63, 64, 65, 127, 257})
    for (const int columns : {1, 2, 17, 64}) cases.push_back({3, {1, 1, length}, {1, 1, columns}});
  return cases;
}

}  // namespace pellucid::test
