#include "kernels/activation/activation.h"

namespace pellucid {

template <class T>
void relu_reference(const T* x, T* y, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = x[i] <= 0 ? T{0} : x[i];
}

template <class T>
void relu_backward_reference(const T* y, const T* dy, T* dx, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) dx[i] = y[i] > 0 ? dy[i] : T{0};
}

template void relu_reference(const float*, float*, std::int64_t);
template void relu_reference(const double*, double*, std::int64_t);
template void relu_backward_reference(const float*, const float*, float*, std::int64_t);
template void relu_backward_reference(const double*, const double*, double*, std::int64_t);

}  // namespace pellucid
