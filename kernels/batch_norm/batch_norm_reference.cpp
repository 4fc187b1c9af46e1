#include <cmath>

#include "kernels/batch_norm/batch_norm.h"

namespace pellucid {

template <class T>
void batch_norm_statistics_reference(const T* x, T* mean, T* variance, const T* gamma, T* scale,
                                     double epsilon, std::int64_t rows, int channels) {
  const auto m = static_cast<double>(rows);
  for (int c = 0; c < channels; ++c) {
    double sum = 0, squares = 0;
    for (std::int64_t r = 0; r < rows; ++r) sum += x[r * channels + c];
    for (std::int64_t r = 0; r < rows; ++r) {
      const double deviation = x[r * channels + c] - sum / m;
      squares += deviation * deviation;
    }
    mean[c] = static_cast<T>(sum / m);
    variance[c] = static_cast<T>(squares / m);
    if (scale)
      scale[c] = static_cast<T>((gamma ? double{gamma[c]} : 1) / std::sqrt(squares / m + epsilon));
  }
}

template <class T>
void channel_affine_reference(const T* x, T* y, const T* center, const T* scale, const T* shift,
                              std::int64_t rows, int channels) {
  for (std::int64_t r = 0; r < rows; ++r)
    for (int c = 0; c < channels; ++c) {
      const double from = center ? center[c] : 0, by = scale ? scale[c] : 1;
      const double plus = shift ? shift[c] : 0;
      y[r * channels + c] = static_cast<T>((x[r * channels + c] - from) * by + plus);
    }
}

template <class T>
void batch_norm_backward_reference(const T* x, const T* dy, const T* mean, const T* variance,
                                   const T* gamma, T* dx, T* dgamma, T* dbeta, double epsilon,
                                   std::int64_t rows, int channels) {
  const auto m = static_cast<double>(rows);
  for (int c = 0; c < channels; ++c) {
    const double s = 1 / std::sqrt(variance[c] + epsilon);
    const double factor = gamma ? gamma[c] * s : s;
    double sum = 0, products = 0;
    for (std::int64_t i = c; i < rows * channels; i += channels) {
      sum += dy[i];
      products += dy[i] * ((x[i] - double{mean[c]}) * s);
    }
    for (std::int64_t i = c; dx && i < rows * channels; i += channels)
      dx[i] = static_cast<T>(factor *
                             (dy[i] - sum / m - (x[i] - double{mean[c]}) * s * (products / m)));
    dgamma[c] = static_cast<T>(products);
    dbeta[c] = static_cast<T>(sum);
  }
}

template void batch_norm_statistics_reference(const float*, float*, float*, const float*, float*,
                                              double, std::int64_t, int);
template void batch_norm_statistics_reference(const double*, double*, double*, const double*,
                                              double*, double, std::int64_t, int);
template void channel_affine_reference(const float*, float*, const float*, const float*,
                                       const float*, std::int64_t, int);
template void channel_affine_reference(const double*, double*, const double*, const double*,
                                       const double*, std::int64_t, int);
template void batch_norm_backward_reference(const float*, const float*, const float*, const float*,
                                            const float*, float*, float*, float*, double,
                                            std::int64_t, int);
template void batch_norm_backward_reference(const double*, const double*, const double*,
                                            const double*, const double*, double*, double*, double*,
                                            double, std::int64_t, int);

}  // namespace pellucid
