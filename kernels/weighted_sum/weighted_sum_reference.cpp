#include <cstddef>

#include "kernels/weighted_sum/weighted_sum.h"

namespace pellucid {

void weighted_sum_reference(const WeightedSumArgs& a) {
  const std::size_t sums = a.n, pixels = a.i, pictures = a.k;
  for (std::size_t n = 0; n < sums; ++n)
    for (std::size_t i = 0; i < pixels; ++i) {
      double sum = 0;
      for (std::size_t k = 0; k < pictures; ++k)
        sum += double{a.w[k * sums + n]} * a.x[k * pixels + i];
      a.y[n * pixels + i] = static_cast<float>(sum);
    }
}

void weighted_channels_reference(const WeightedChannelsArgs& a) {
  const std::size_t pictures = a.n, places = a.i, channels = a.k;
  for (std::size_t n = 0; n < pictures; ++n)
    for (std::size_t i = 0; i < places; ++i) {
      double sum = 0;
      for (std::size_t k = 0; k < channels; ++k)
        sum += double{a.w[n * channels + k]} * a.x[(n * places + i) * channels + k];
      a.y[n * places + i] = static_cast<float>(sum);
    }
}

}  // namespace pellucid
