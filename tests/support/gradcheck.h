// gradcheck.h: central finite differences in double, for the references.
#pragma once

#include <cmath>
#include <vector>

namespace pellucid::test {

// The gradient of scalar f at x: (f(x + h·e_i) − f(x − h·e_i)) / 2h for every i.
template <class F>
std::vector<double> finite_differences(std::vector<double> x, const F& f, double h = 1e-5) {
  std::vector<double> gradient(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double at = x[i];
    x[i] = at + h;
    const double above = f(x);
    x[i] = at - h;
    const double below = f(x);
    x[i] = at;
    gradient[i] = (above - below) / (2 * h);
  }
  return gradient;
}

inline double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::fmax(largest, std::abs(a[i] - b[i]));
  return largest;
}

}  // namespace pellucid::test
