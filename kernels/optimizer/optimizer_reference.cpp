#include <cmath>

#include "kernels/optimizer/optimizer.h"

namespace pellucid {

template <class T>
void adam_reference(T* w, const T* g, T* m, T* v, std::int64_t count, double step_size,
                    double beta1, double beta2, double epsilon) {
  for (std::int64_t i = 0; i < count; ++i) {
    const double gradient = g[i];
    const double first = beta1 * m[i] + (1 - beta1) * gradient;
    const double second = beta2 * v[i] + (1 - beta2) * gradient * gradient;
    m[i] = static_cast<T>(first);
    v[i] = static_cast<T>(second);
    w[i] = static_cast<T>(w[i] - step_size * first / (std::sqrt(second) + epsilon));
  }
}

template <class T>
void sgd_reference(T* w, const T* g, T* m, std::int64_t count, double learning_rate,
                   double momentum) {
  for (std::int64_t i = 0; i < count; ++i) {
    const double velocity = momentum * m[i] + g[i];
    m[i] = static_cast<T>(velocity);
    w[i] = static_cast<T>(w[i] - learning_rate * velocity);
  }
}

template void adam_reference(float*, const float*, float*, float*, std::int64_t, double, double,
                             double, double);
template void adam_reference(double*, const double*, double*, double*, std::int64_t, double, double,
                             double, double);
template void sgd_reference(float*, const float*, float*, std::int64_t, double, double);
template void sgd_reference(double*, const double*, double*, std::int64_t, double, double);

}  // namespace pellucid
