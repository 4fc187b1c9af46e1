#include "kernels/linear/linear.h"

namespace pellucid {

template <class T>
void linear_reference(const LinearShape& shape, const T* x, const T* w, const T* bias, T* y) {
  const std::size_t inputs = shape.inputs, outputs = shape.outputs;
  for (std::size_t n = 0; n < static_cast<std::size_t>(shape.n); ++n)
    for (std::size_t o = 0; o < outputs; ++o) {
      double sum = bias ? double{bias[o]} : 0;
      for (std::size_t i = 0; i < inputs; ++i) sum += double{x[n * inputs + i]} * w[o * inputs + i];
      y[n * outputs + o] = static_cast<T>(sum);
    }
}

template <class T>
void linear_dgrad_reference(const LinearShape& shape, const T* dy, const T* w, T* dx) {
  const std::size_t inputs = shape.inputs, outputs = shape.outputs;
  for (std::size_t n = 0; n < static_cast<std::size_t>(shape.n); ++n)
    for (std::size_t i = 0; i < inputs; ++i) {
      double sum = 0;
      for (std::size_t o = 0; o < outputs; ++o)
        sum += double{dy[n * outputs + o]} * w[o * inputs + i];
      dx[n * inputs + i] = static_cast<T>(sum);
    }
}

template <class T>
void linear_wgrad_reference(const LinearShape& shape, const T* x, const T* dy, T* dw, T* dbias) {
  const std::size_t rows = shape.n, inputs = shape.inputs, outputs = shape.outputs;
  for (std::size_t o = 0; o < outputs; ++o) {
    for (std::size_t i = 0; i < inputs; ++i) {
      double sum = 0;
      for (std::size_t n = 0; n < rows; ++n) sum += double{x[n * inputs + i]} * dy[n * outputs + o];
      dw[o * inputs + i] = static_cast<T>(sum);
    }
    if (!dbias) continue;
    double sum = 0;
    for (std::size_t n = 0; n < rows; ++n) sum += dy[n * outputs + o];
    dbias[o] = static_cast<T>(sum);
  }
}

template void linear_reference(const LinearShape&, const float*, const float*, const float*,
                               float*);
template void linear_reference(const LinearShape&, const double*, const double*, const double*,
                               double*);
template void linear_dgrad_reference(const LinearShape&, const float*, const float*, float*);
template void linear_dgrad_reference(const LinearShape&, const double*, const double*, double*);
template void linear_wgrad_reference(const LinearShape&, const float*, const float*, float*,
                                     float*);
template void linear_wgrad_reference(const LinearShape&, const double*, const double*, double*,
                                     double*);

}  // namespace pellucid
