#include <vector>

#include "kernels/conv2d/relu_pool/conv2d_relu_pool.h"

namespace pellucid {

void conv2d_relu_pool_reference(const Conv2dReluPoolArgs& a) {
  const Conv2dShape& d = a.shape;
  const std::int64_t pixels = std::int64_t{d.h} * d.w;
  std::vector<float> x;
  if (a.x) x.assign(a.x, a.x + d.n * pixels * d.c);
  else
    for (int n = 0; n < d.n; ++n)
      for (std::int64_t pixel = 0; pixel < pixels; ++pixel)
        for (int c = 0; c < d.c; ++c) x.push_back(masked_value(a.masked, n, pixels, pixel, d.c, c));
  std::vector<float> z(static_cast<std::size_t>(d.n) * d.p() * d.q() * d.k);
  conv2d_fprop_reference(d, x.data(), a.w, a.bias, z.data());

  float* y = a.y;
  for (int n = 0; n < d.n; ++n)
    for (int i = 0; i < a.pooled_p(); ++i)
      for (int j = 0; j < a.pooled_q(); ++j)
        for (int k = 0; k < d.k; ++k) {
          float largest = 0;
          for (int p = i * a.pool; p < (i + 1) * a.pool; ++p)
            for (int q = j * a.pool; q < (j + 1) * a.pool; ++q) {
              const float value =
                  z[((static_cast<std::size_t>(n) * d.p() + p) * d.q() + q) * d.k + k];
              if (value > largest || value != value) largest = value;
            }
          *y++ = largest;
        }
}

}  // namespace pellucid
