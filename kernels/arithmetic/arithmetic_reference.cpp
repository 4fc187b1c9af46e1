#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/arithmetic/arithmetic.h"

namespace pellucid {
namespace {

double value_of(ArithmeticFunction function, double a, double b) {
  using enum ArithmeticFunction;
  switch (function) {
    case add:
      return a + b;
    case sub:
      return a - b;
    case mul:
      return a * b;
    case div:
      return a / b;
    case pow:
      return std::pow(a, b);
    case max:
      return std::isnan(a) || std::isnan(b) ? a + b : std::max(a, b);
    case min:
      return std::isnan(a) || std::isnan(b) ? a + b : std::min(a, b);
    case prelu:
      return a > 0 ? a : b * a;
  }
  return 0;
}

// ∂f/∂a and ∂f/∂b.
std::pair<double, double> derivatives_of(ArithmeticFunction function, double a, double b) {
  using enum ArithmeticFunction;
  const double larger = a > b ? 1 : a == b ? 0.5 : 0;
  switch (function) {
    case add:
      return {1, 1};
    case sub:
      return {1, -1};
    case mul:
      return {b, a};
    case div:
      return {1 / b, -a / (b * b)};
    case pow:
      return {b == 0 ? 0 : b * std::pow(a, b - 1),
              a == 0 && b >= 0 ? 0 : std::pow(a, b) * std::log(a)};
    case max:
      return {larger, 1 - larger};
    case min:
      return {1 - larger, larger};
    case prelu:
      return {a > 0 ? 1 : b, a > 0 ? 0 : a};
  }
  return {};
}

// Calls visit(element of a, of b, of y) for every element of y in its order.
template <class Visit>
void for_each_element(std::span<const std::int64_t> a, std::span<const std::int64_t> b,
                      const Visit& visit) {
  std::vector<std::int64_t> at(a.size());
  std::int64_t count = 1;
  for (std::size_t axis = 0; axis < a.size(); ++axis) count *= std::max(a[axis], b[axis]);
  for (std::int64_t y = 0; y < count; ++y) {
    std::int64_t from_a = 0, from_b = 0;
    for (std::size_t axis = 0; axis < a.size(); ++axis) {
      from_a = from_a * a[axis] + (a[axis] > 1 ? at[axis] : 0);
      from_b = from_b * b[axis] + (b[axis] > 1 ? at[axis] : 0);
    }
    visit(from_a, from_b, y);
    for (std::size_t axis = a.size(); axis-- > 0;) {
      if (++at[axis] < std::max(a[axis], b[axis])) break;
      at[axis] = 0;
    }
  }
}

std::size_t elements(std::span<const std::int64_t> extents) {
  std::int64_t count = 1;
  for (const std::int64_t extent : extents) count *= extent;
  return static_cast<std::size_t>(count);
}

}  // namespace

template <class T>
void arithmetic_reference(ArithmeticFunction function, std::span<const std::int64_t> extents_a,
                          std::span<const std::int64_t> extents_b, const T* a, const T* b, T* y) {
  for_each_element(extents_a, extents_b, [&](std::int64_t i, std::int64_t j, std::int64_t k) {
    y[k] = static_cast<T>(value_of(function, a[i], b[j]));
  });
}

template <class T>
void arithmetic_backward_reference(ArithmeticFunction function,
                                   std::span<const std::int64_t> extents_a,
                                   std::span<const std::int64_t> extents_b, const T* a, const T* b,
                                   const T* dy, T* da, T* db) {
  std::vector<double> sums_a(elements(extents_a)), sums_b(elements(extents_b));
  for_each_element(extents_a, extents_b, [&](std::int64_t i, std::int64_t j, std::int64_t k) {
    const auto [of_a, of_b] = derivatives_of(function, a[i], b[j]);
    sums_a[static_cast<std::size_t>(i)] += of_a * dy[k];
    sums_b[static_cast<std::size_t>(j)] += of_b * dy[k];
  });
  std::transform(sums_a.begin(), sums_a.end(), da, [](double s) { return static_cast<T>(s); });
  std::transform(sums_b.begin(), sums_b.end(), db, [](double s) { return static_cast<T>(s); });
}

#define PELLUCID_INSTANTIATE(T)                                                                  \
  template void arithmetic_reference(ArithmeticFunction, std::span<const std::int64_t>,          \
                                     std::span<const std::int64_t>, const T*, const T*, T*);     \
  template void arithmetic_backward_reference(ArithmeticFunction, std::span<const std::int64_t>, \
                                              std::span<const std::int64_t>, const T*, const T*, \
                                              const T*, T*, T*);
PELLUCID_INSTANTIATE(float)
PELLUCID_INSTANTIATE(double)
#undef PELLUCID_INSTANTIATE

}  // namespace pellucid
