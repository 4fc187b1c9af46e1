#include "kernels/dropout/dropout.h"

namespace pellucid {

template <class T>
void dropout_reference(const T* x, T* y, std::int64_t count, float rate, RandomKey key) {
  for (std::int64_t i = 0; i < count; ++i)
    y[i] = random_uniform(key, static_cast<std::uint64_t>(i)) < rate
               ? T{0}
               : static_cast<T>(x[i] / (1 - double{rate}));
}

template void dropout_reference(const float*, float*, std::int64_t, float, RandomKey);
template void dropout_reference(const double*, double*, std::int64_t, float, RandomKey);

}  // namespace pellucid
