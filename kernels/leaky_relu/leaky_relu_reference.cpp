#include "kernels/leaky_relu/leaky_relu.h"

namespace pellucid {

template <class T>
void leaky_relu_reference(const T* x, const T* v, T* y, std::int64_t count, T slope) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = x[i] > 0 ? v[i] : slope * v[i];
}

template void leaky_relu_reference(const float*, const float*, float*, std::int64_t, float);
template void leaky_relu_reference(const double*, const double*, double*, std::int64_t, double);

}  // namespace pellucid
