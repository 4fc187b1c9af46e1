// cpu: fp32 loops, parallel over columns or places, in the order of linear_cpu.cpp's.
#include <algorithm>
#include <cstdint>

#include "kernels/row_products_cpu.h"
#include "kernels/weighted_sum/weighted_sum.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
namespace {

constexpr int kPlaces = 4;         // of x whose products share their loads of w
constexpr double kSmall = 100000;  // multiply-adds below which threads cost more than they save

[[maybe_unused]] bool worth_threads(double n, double i, double k) { return n * i * k >= kSmall; }

}  // namespace

void weighted_sum(Stream& stream, const WeightedSumArgs& a) {
  const LaunchScope scope(stream, {"weighted_sum_cpu", {}, {}, 0, weighted_sum_cost(a)});
  const int slices = (a.i + kColumns - 1) / kColumns;
#pragma omp parallel for collapse(2) if (worth_threads(a.n, a.i, a.k))
  for (int s = 0; s < slices; ++s)
    for (int n = 0; n < a.n; ++n) {
      const int first = s * kColumns;
      weighted_rows(a.k, a.w + n, a.n, a.x + first, a.i, std::min(kColumns, a.i - first),
                    a.y + std::int64_t{n} * a.i + first);
    }
}

void weighted_channels(Stream& stream, const WeightedChannelsArgs& a) {
  const LaunchScope scope(stream, {"weighted_channels_cpu", {}, {}, 0, weighted_channels_cost(a)});
  const int groups = (a.i + kPlaces - 1) / kPlaces;
#pragma omp parallel for collapse(2) if (worth_threads(a.n, a.i, a.k))
  for (int n = 0; n < a.n; ++n)
    for (int g = 0; g < groups; ++g) {
      const int first = g * kPlaces;
      const float* const w[1] = {a.w + std::int64_t{n} * a.k};
      // Past the last place a group repeats it: one code path for all, so one rounding.
      const float* x[kPlaces];
      for (int p = 0; p < kPlaces; ++p)
        x[p] = a.x + (std::int64_t{n} * a.i + std::min(first + p, a.i - 1)) * a.k;
      float sums[kPlaces][1];
      dot_rows<kPlaces, 1>(x, w, a.k, sums);
      for (int p = 0; p < kPlaces && first + p < a.i; ++p)
        a.y[std::int64_t{n} * a.i + first + p] = sums[p][0];
    }
}

}  // namespace pellucid::cpu
