#include "kernels/elementwise/elementwise.h"

namespace pellucid {

template <class T>
void add_reference(const T* x, const T* z, T* y, std::int64_t count, double a, double b,
                   double constant) {
  for (std::int64_t i = 0; i < count; ++i)
    y[i] = static_cast<T>((x ? a * x[i] : 0) + (z ? b * z[i] : 0) + constant);
}

template void add_reference(const float*, const float*, float*, std::int64_t, double, double,
                            double);
template void add_reference(const double*, const double*, double*, std::int64_t, double, double,
                            double);

void pixels_reference(const PixelsArgs& a) {
  const std::int64_t plane = std::int64_t{a.h} * a.w;
  for (std::int64_t n = 0; n < a.n; ++n)
    for (std::int64_t p = 0; p < plane; ++p)
      for (int c = 0; c < a.c; ++c) {
        const std::int64_t at = a.index[n] * plane + p;
        const double value = a.words ? a.words[at] : a.bytes[at];
        const double white = a.white ? a.white[a.index[n]] : 255;
        a.y[(n * plane + p) * a.c + c] = static_cast<float>(value / white);
      }
}

}  // namespace pellucid
