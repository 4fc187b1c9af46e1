// cpu: plain loops, parallel over large arrays.
#include <cmath>

#include "kernels/elementwise/elementwise.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {

void add(Stream& stream, const AddArgs& a) {
  const LaunchScope scope(stream, {"add_cpu", {}, {}, 0, add_cost(a)});
#pragma omp parallel for if (a.count >= 65536)
  for (std::int64_t i = 0; i < a.count; ++i) {
    const float x = a.x ? a.x[i] : 0.0f, z = a.z ? a.z[i] : 0.0f;
    a.y[i] = std::fma(a.a, x, std::fma(a.b, z, a.constant));
  }
}

namespace {

// C: the channels, where the compiler shall know them; 0: a.c.
template <int C, class T>
void pixels_of(const PixelsArgs& a, const T* images) {
  const std::int64_t plane = std::int64_t{a.h} * a.w;
  const int channels = C > 0 ? C : a.c;
#pragma omp parallel for if (a.n > 1)
  for (int n = 0; n < a.n; ++n) {
    const T* x = images + a.index[n] * plane;
    const float white = a.white ? a.white[a.index[n]] : 255.0f;
    float* y = a.y + n * plane * channels;
    for (std::int64_t p = 0; p < plane; ++p) {
      const float value = static_cast<float>(x[p]) / white;
      for (int c = 0; c < channels; ++c) y[p * channels + c] = value;
    }
  }
}

template <class T>
void pixels_of(const PixelsArgs& a, const T* images) {
  if (a.c == 1) pixels_of<1>(a, images);
  else if (a.c == 3) pixels_of<3>(a, images);
  else pixels_of<0>(a, images);
}

}  // namespace

void pixels(Stream& stream, const PixelsArgs& a) {
  const LaunchScope scope(stream, {"pixels_cpu", {}, {}, 0, pixels_cost(a)});
  if (a.words) pixels_of(a, a.words);
  else pixels_of(a, a.bytes);
}

}  // namespace pellucid::cpu
