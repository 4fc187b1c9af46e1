#include <limits>
#include <vector>

#include "kernels/winner_sum/winner_sum.h"

namespace pellucid {
namespace {

template <class T>
std::int32_t winner_of(const T* x, int classes) {
  std::int32_t best = 0;
  T most = -std::numeric_limits<T>::infinity();
  for (int k = 0; k < classes; ++k)
    if (x[k] > most) most = x[k], best = k;
  return best;
}

}  // namespace

template <class T>
void winner_sum_reference(const WinnerSumShape& s, const T* x, const float* mask,
                          std::int32_t* winner, T* y) {
  for (int n = 0; n < s.n; ++n) {
    std::vector<double> sums(static_cast<std::size_t>(s.classes));
    for (int p = 0; p < s.places; ++p, x += s.classes) {
      const std::int32_t best = winner_of(x, s.classes);
      if (winner) winner[std::int64_t{n} * s.places + p] = best;
      for (int k = 0; k < s.classes; ++k)
        if (mask ? mask[p] != 0 : k == best) sums[static_cast<std::size_t>(k)] += x[k];
    }
    for (const double sum : sums) *y++ = static_cast<T>(sum);
  }
}

template <class T>
void winner_sum_backward_reference(const WinnerSumShape& s, const T* dy, const float* mask,
                                   const std::int32_t* winner, T* dx) {
  for (int n = 0; n < s.n; ++n, dy += s.classes)
    for (int p = 0; p < s.places; ++p)
      for (int k = 0; k < s.classes; ++k)
        *dx++ = (mask ? mask[p] != 0 : winner[std::int64_t{n} * s.places + p] == k) ? dy[k] : 0;
}

template void winner_sum_reference(const WinnerSumShape&, const float*, const float*, std::int32_t*,
                                   float*);
template void winner_sum_reference(const WinnerSumShape&, const double*, const float*,
                                   std::int32_t*, double*);
template void winner_sum_backward_reference(const WinnerSumShape&, const float*, const float*,
                                            const std::int32_t*, float*);
template void winner_sum_backward_reference(const WinnerSumShape&, const double*, const float*,
                                            const std::int32_t*, double*);

}  // namespace pellucid
