#include <cmath>

#include "kernels/lrn/lrn.h"

namespace pellucid {
namespace {

// d of channel c of one row.
template <class T>
double denominator(const LrnShape& s, const T* row, int c) {
  double squares = 0;
  for (int j = s.first_of(c); j <= s.last_of(c); ++j) squares += double{row[j]} * row[j];
  return s.bias + double{s.alpha} / s.size * squares;
}

}  // namespace

template <class T>
void lrn_reference(const LrnShape& s, const T* x, T* y) {
  for (std::int64_t r = 0; r < s.rows; ++r, x += s.channels, y += s.channels)
    for (int c = 0; c < s.channels; ++c)
      y[c] = static_cast<T>(x[c] * std::pow(denominator(s, x, c), -double{s.beta}));
}

template <class T>
void lrn_backward_reference(const LrnShape& s, const T* x, const T* dy, T* dx) {
  for (std::int64_t r = 0; r < s.rows; ++r, x += s.channels, dy += s.channels, dx += s.channels)
    for (int c = 0; c < s.channels; ++c) {
      double sum = 0;
      for (int i = s.first_with(c); i <= s.last_with(c); ++i)
        sum += double{dy[i]} * x[i] * std::pow(denominator(s, x, i), -double{s.beta} - 1);
      dx[c] = static_cast<T>(dy[c] * std::pow(denominator(s, x, c), -double{s.beta}) -
                             2 * double{s.alpha} * s.beta / s.size * x[c] * sum);
    }
}

template void lrn_reference(const LrnShape&, const float*, float*);
template void lrn_reference(const LrnShape&, const double*, double*);
template void lrn_backward_reference(const LrnShape&, const float*, const float*, float*);
template void lrn_backward_reference(const LrnShape&, const double*, const double*, double*);

}  // namespace pellucid
