// cpu: a row at a time, rows in parallel; each sum over channels upwards.
#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/lrn/lrn.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
namespace {

// Values below which threads cost more than they save; unused in a build without OpenMP.
[[maybe_unused]] constexpr std::int64_t kFewLrnValues = 16 * 1024;

// d of all channels of a row: one pass over the row for each channel of a sum, which is vector code.
void denominators(const LrnShape& s, const float* x, float* d) {
  std::fill(d, d + s.channels, 0.0f);
  // Channel c adds channel c + step, as far as there is one.
  const int back = std::min((s.size - 1) / 2, s.channels - 1),
            ahead = std::min(s.size / 2, s.channels - 1);
  for (int step = -back; step <= ahead; ++step) {
    const int end = std::min(s.channels, s.channels - step);
    for (int c = std::max(0, -step); c < end; ++c) d[c] += x[c + step] * x[c + step];
  }
  const float factor = s.alpha / static_cast<float>(s.size);
  for (int c = 0; c < s.channels; ++c) d[c] = std::fma(factor, d[c], s.bias);
}

}  // namespace

void lrn(Stream& stream, const LrnArgs& a) {
  const LaunchScope scope(stream, {"lrn_cpu", {}, {}, 0, lrn_cost(a)});
  const LrnShape& s = a.shape;
#pragma omp parallel if (s.rows * s.channels >= kFewLrnValues)
  {
    std::vector<float> d(static_cast<std::size_t>(s.channels));
#pragma omp for
    for (std::int64_t r = 0; r < s.rows; ++r) {
      const float* x = a.x + r * s.channels;
      float* y = a.y + r * s.channels;
      denominators(s, x, d.data());
      for (int c = 0; c < s.channels; ++c) y[c] = x[c] * std::pow(d[c], -s.beta);
    }
  }
}

void lrn_backward(Stream& stream, const LrnBackwardArgs& a) {
  const LaunchScope scope(stream, {"lrn_backward_cpu", {}, {}, 0, lrn_backward_cost(a)});
  const LrnShape& s = a.shape;
  const float factor = 2 * s.alpha * s.beta / static_cast<float>(s.size);
#pragma omp parallel if (s.rows * s.channels >= kFewLrnValues)
  {
    std::vector<float> d(static_cast<std::size_t>(s.channels)), terms(d.size());
#pragma omp for
    for (std::int64_t r = 0; r < s.rows; ++r) {
      const float *x = a.x + r * s.channels, *dy = a.dy + r * s.channels;
      float* dx = a.dx + r * s.channels;
      denominators(s, x, d.data());
      for (int c = 0; c < s.channels; ++c) {
        const float power = std::pow(d[c], -s.beta);
        terms[c] = dy[c] * x[c] * (power / d[c]);
        d[c] = power;
      }
      for (int c = 0; c < s.channels; ++c) {
        float sum = 0;
        for (int i = s.first_with(c); i <= s.last_with(c); ++i) sum += terms[i];
        dx[c] = std::fma(dy[c], d[c], -factor * x[c] * sum);
      }
    }
  }
}

}  // namespace pellucid::cpu
