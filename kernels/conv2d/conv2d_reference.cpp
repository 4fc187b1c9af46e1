#include "kernels/conv2d/conv2d.h"

namespace pellucid {
namespace {

// Calls f(output pixel, input pixel, filter tap) for every product of the convolution that lies
// inside the image: y pixel (n,p,q), x pixel (n,h,w) and tap (r,s), each as a row index of its
// array.
template <class F>
void for_each_tap(const Conv2dShape& d, const F& f) {
  const int rows = d.p(), columns = d.q();
  for (int n = 0; n < d.n; ++n)
    for (int p = 0; p < rows; ++p)
      for (int q = 0; q < columns; ++q)
        for (int r = 0; r < d.r; ++r)
          for (int s = 0; s < d.s; ++s) {
            const int h = p * d.stride_h - d.pad_h + r * d.dilation_h;
            const int w = q * d.stride_w - d.pad_w + s * d.dilation_w;
            if (h < 0 || h >= d.h || w < 0 || w >= d.w) continue;
            f((std::size_t(n) * rows + p) * columns + q, (std::size_t(n) * d.h + h) * d.w + w,
              std::size_t(r) * d.s + s);
          }
}

std::size_t output_pixels(const Conv2dShape& d) { return std::size_t(d.n) * d.p() * d.q(); }
std::size_t weight_row(const Conv2dShape& d, std::size_t k, std::size_t tap) {
  return (k * d.r * d.s + tap) * d.group_c();
}
// The first channel that filter k sees.
std::size_t first_channel(const Conv2dShape& d, std::size_t k) {
  return k / d.group_k() * d.group_c();
}

template <class T>
void store(const std::vector<double>& sums, T* to) {
  for (std::size_t i = 0; i < sums.size(); ++i) to[i] = static_cast<T>(sums[i]);
}

}  // namespace

template <class T>
void conv2d_fprop_reference(const Conv2dShape& d, const T* x, const T* w, const T* bias, T* y) {
  const auto filters = static_cast<std::size_t>(d.k);
  std::vector<double> sums(output_pixels(d) * filters, 0.0);
  if (bias)
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = bias[i % filters];
  for_each_tap(d, [&](std::size_t output, std::size_t input, std::size_t tap) {
    for (std::size_t k = 0; k < filters; ++k)
      for (int c = 0; c < d.group_c(); ++c)
        sums[output * filters + k] +=
            double{x[input * d.c + first_channel(d, k) + c]} * w[weight_row(d, k, tap) + c];
  });
  store(sums, y);
}

template <class T>
void conv2d_dgrad_reference(const Conv2dShape& d, const T* dy, const T* w, T* dx, const T* bias) {
  const auto filters = static_cast<std::size_t>(d.k);
  std::vector<double> sums(std::size_t(d.n) * d.h * d.w * d.c, 0.0);
  if (bias)
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = bias[i % d.c];
  for_each_tap(d, [&](std::size_t output, std::size_t input, std::size_t tap) {
    for (std::size_t k = 0; k < filters; ++k)
      for (int c = 0; c < d.group_c(); ++c)
        sums[input * d.c + first_channel(d, k) + c] +=
            double{dy[output * filters + k]} * w[weight_row(d, k, tap) + c];
  });
  store(sums, dx);
}

template <class T>
void conv2d_wgrad_reference(const Conv2dShape& d, const T* x, const T* dy, T* dw, T* dbias) {
  const auto filters = static_cast<std::size_t>(d.k);
  std::vector<double> sums(filters * d.taps(), 0.0);
  for_each_tap(d, [&](std::size_t output, std::size_t input, std::size_t tap) {
    for (std::size_t k = 0; k < filters; ++k)
      for (int c = 0; c < d.group_c(); ++c)
        sums[weight_row(d, k, tap) + c] +=
            double{x[input * d.c + first_channel(d, k) + c]} * dy[output * filters + k];
  });
  store(sums, dw);
  if (!dbias) return;
  std::vector<double> bias_sums(filters, 0.0);
  for (std::size_t i = 0; i < output_pixels(d) * filters; ++i) bias_sums[i % filters] += dy[i];
  store(bias_sums, dbias);
}

template void conv2d_fprop_reference(const Conv2dShape&, const float*, const float*, const float*,
                                     float*);
template void conv2d_fprop_reference(const Conv2dShape&, const double*, const double*,
                                     const double*, double*);
template void conv2d_dgrad_reference(const Conv2dShape&, const float*, const float*, float*,
                                     const float*);
template void conv2d_dgrad_reference(const Conv2dShape&, const double*, const double*, double*,
                                     const double*);
template void conv2d_wgrad_reference(const Conv2dShape&, const float*, const float*, float*,
                                     float*);
template void conv2d_wgrad_reference(const Conv2dShape&, const double*, const double*, double*,
                                     double*);

}  // namespace pellucid
