#include <vector>

#include "kernels/rearrange/rearrange.h"

namespace pellucid {
namespace {

// Walks from beyond the axis back into it, one mirror or turn at a time; −1: nothing is there.
std::int64_t walk_back(std::int64_t at, std::int64_t from, Outside outside) {
  while (at < 0 || at >= from) {
    const bool before = at < 0;
    if (outside == Outside::constant) return -1;
    if (outside == Outside::edge || from == 1) return before ? 0 : from - 1;
    if (outside == Outside::wrap) at += before ? from : -from;
    else at = before ? -at : 2 * (from - 1) - at;
  }
  return at;
}

// visit(index in y, index in x or −1) for all of y, in its order.
template <class Visit>
void each_value(const RearrangeShape& s, const Visit& visit) {
  std::vector<std::int64_t> index(static_cast<std::size_t>(s.rank));
  for (std::int64_t t = 0, count = s.values_of_y(); t < count; ++t) {
    std::int64_t in_x = 0;
    for (int k = 0; k < s.rank && in_x >= 0; ++k) {
      const RearrangeAxis& a = s.axes[k];
      const std::int64_t at =
          walk_back(a.start + a.step * index[static_cast<std::size_t>(k)], a.from, s.outside);
      in_x = at < 0 ? -1 : in_x + at * a.stride;
    }
    visit(t, in_x);
    for (int k = s.rank - 1; k >= 0; --k) {
      if (++index[static_cast<std::size_t>(k)] < s.axes[k].extent) break;
      index[static_cast<std::size_t>(k)] = 0;
    }
  }
}

}  // namespace

template <class T>
void rearrange_reference(const T* x, T* y, const RearrangeShape& shape) {
  each_value(shape, [&](std::int64_t to, std::int64_t from) {
    y[to] = from < 0 ? static_cast<T>(shape.value) : x[from];
  });
}

template <class T>
void rearrange_backward_reference(const T* dy, T* dx, const RearrangeShape& shape) {
  std::vector<double> sums(static_cast<std::size_t>(shape.values_of_x()));
  each_value(shape, [&](std::int64_t to, std::int64_t from) {
    if (from >= 0) sums[static_cast<std::size_t>(from)] += dy[to];
  });
  for (std::size_t i = 0; i < sums.size(); ++i) dx[i] = static_cast<T>(sums[i]);
}

template void rearrange_reference(const float*, float*, const RearrangeShape&);
template void rearrange_reference(const double*, double*, const RearrangeShape&);
template void rearrange_backward_reference(const float*, float*, const RearrangeShape&);
template void rearrange_backward_reference(const double*, double*, const RearrangeShape&);

}  // namespace pellucid
