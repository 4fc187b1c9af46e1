// compare.h: comparing arrays, with a report that shows the first difference.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "runtime/error.h"

namespace pellucid::test {

// "" if equal bit for bit, else the first difference. A NaN equals any NaN: which of its bits survive
// an operation is the processor's affair (a GPU makes all of them 0x7fffffff). So do −0 and 0.
template <class T>
std::string difference_in_bits(const std::vector<T>& actual, const std::vector<T>& expected) {
  if (actual.size() != expected.size())
    return concat("sizes ", actual.size(), " and ", expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i)
    if (std::memcmp(&actual[i], &expected[i], sizeof(T)) != 0 && !(actual[i] == expected[i]) &&
        (actual[i] == actual[i] || expected[i] == expected[i]))
      return concat("element ", i, " of ", actual.size(), " is ", +actual[i], ", expected ",
                    +expected[i]);
  return "";
}

// "" if |actual − expected| ≤ absolute + relative·|expected| everywhere (a NaN never is).
inline std::string difference(const std::vector<float>& actual, const std::vector<float>& expected,
                              double absolute, double relative) {
  if (actual.size() != expected.size())
    return concat("sizes ", actual.size(), " and ", expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double error = std::abs(double{actual[i]} - expected[i]);
    if (!(error <= absolute + relative * std::abs(double{expected[i]})))
      return concat("element ", i, " of ", actual.size(), " is ", actual[i], ", expected ",
                    expected[i], ", off by ", error);
  }
  return "";
}

}  // namespace pellucid::test

#define CHECK_SAME_BITS(actual, expected) \
  CHECK_EQ(::pellucid::test::difference_in_bits(actual, expected), "")
#define CHECK_CLOSE(actual, expected, absolute, relative) \
  CHECK_EQ(::pellucid::test::difference(actual, expected, absolute, relative), "")
