#include "kernels/concat/concat.h"

namespace pellucid {

template <class T>
void copy_channels_reference(const T* x, T* y, std::int64_t rows, int x_channels, int y_channels,
                             int from, int to, int count) {
  for (std::int64_t r = 0; r < rows; ++r)
    for (int i = 0; i < count; ++i) y[r * y_channels + to + i] = x[r * x_channels + from + i];
}

template void copy_channels_reference(const float*, float*, std::int64_t, int, int, int, int, int);
template void copy_channels_reference(const double*, double*, std::int64_t, int, int, int, int,
                                      int);

}  // namespace pellucid
