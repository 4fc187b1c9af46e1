// cpu: parts of 1024 places in parallel, then the parts' sums in their order.
#include <algorithm>
#include <limits>
#include <vector>

#include "kernels/winner_sum/winner_sum.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
namespace {

constexpr int kWinnerPart = 1024;  // places
// Values below which threads cost more than they save; unused in a build without OpenMP.
[[maybe_unused]] constexpr std::int64_t kFewWinnerValues = 16 * 1024;

std::int32_t winner_of(const float* x, int classes) {
  std::int32_t best = 0;
  float most = -std::numeric_limits<float>::infinity();
  for (int k = 0; k < classes; ++k) {
    const bool more = x[k] > most;
    most = more ? x[k] : most;
    best = more ? k : best;
  }
  return best;
}

// Adds the part's places of image n to sums: (classes).
void add_part(const WinnerSumArgs& a, std::int64_t n, int part, float* sums) {
  const int classes = a.shape.classes, first = part * kWinnerPart,
            end = std::min(a.shape.places, first + kWinnerPart);
  const std::int64_t row = n * a.shape.places;
  for (int p = first; p < end; ++p) {
    const float* x = a.x + (row + p) * classes;
    if (!a.mask) {
      const std::int32_t best = winner_of(x, classes);
      a.winner[row + p] = best;
      sums[best] += x[best];
    } else if (a.mask[p] != 0) {
      for (int k = 0; k < classes; ++k) sums[k] += x[k];
    }
  }
}

}  // namespace

void winner_sum(Stream& stream, const WinnerSumArgs& a) {
  const LaunchScope scope(stream, {"winner_sum_cpu", {}, {}, 0, winner_sum_cost(a)});
  const WinnerSumShape& s = a.shape;
  const int parts = (s.places - 1) / kWinnerPart + 1;
  std::vector<float> sums(static_cast<std::size_t>(s.sums() * parts));
#pragma omp parallel for if (s.values() >= kFewWinnerValues)
  for (std::int64_t t = 0; t < std::int64_t{s.n} * parts; ++t)
    add_part(a, t / parts, static_cast<int>(t % parts), sums.data() + t * s.classes);
  for (std::int64_t n = 0; n < s.n; ++n)
    for (int k = 0; k < s.classes; ++k) {
      float sum = 0;
      for (int part = 0; part < parts; ++part)
        sum += sums[static_cast<std::size_t>((n * parts + part) * s.classes + k)];
      a.y[n * s.classes + k] = sum;
    }
}

void winner_sum_backward(Stream& stream, const WinnerSumBackwardArgs& a) {
  const LaunchScope scope(stream,
                          {"winner_sum_backward_cpu", {}, {}, 0, winner_sum_backward_cost(a)});
  const WinnerSumShape& s = a.shape;
#pragma omp parallel for if (s.values() >= kFewWinnerValues)
  for (std::int64_t row = 0; row < s.rows(); ++row) {
    const float* dy = a.dy + row / s.places * s.classes;
    float* dx = a.dx + row * s.classes;
    if (a.mask && a.mask[row % s.places] != 0) {
      std::copy(dy, dy + s.classes, dx);
    } else {
      std::fill(dx, dx + s.classes, 0.0f);
      if (!a.mask) dx[a.winner[row]] = dy[a.winner[row]];
    }
  }
}

}  // namespace pellucid::cpu
